import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ModelSpec } from '../../core/contracts/model-spec.ts'
import type { Health } from '../../model-registry/serving/model-server.ts'
import { modelFiles } from '../../networks/model-files.ts'
import { Network } from '../../networks/network.ts'
import { modelSpec } from './seed-models.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** The files of a small model with random weights, which differ by seed. */
export function tinyModel(runId: string, epoch: number, seed: number, changes: Partial<ModelSpec> = {}): Record<string, Uint8Array> {
  const spec = modelSpec({ run_id: runId, epoch, ...changes })
  const network = new Network(
    { architecture: 'unet-mobilenetv2-light', encoder_alpha: 0.35, decoder_filters: spec.decoder_filters, target: spec.target },
    seed,
  )
  network.build()
  const files = modelFiles(spec, network.weights.snapshot())
  network.dispose()
  return files
}

export interface RunningServer {
  url: string
  child: ChildProcess
  log: () => string
  health: () => Promise<Health>
  stop: () => Promise<number | null>
}

/** The model server as a process of its own, as `npm start` runs it. */
export async function startModelServer(port: number): Promise<RunningServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'model-registry/serving/server.ts'], {
    cwd: checkout,
    env: { ...process.env, SERVE_PORT: String(port), KARYON_DEVICE: 'cpu' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = `http://127.0.0.1:${port}`
  const health = async (): Promise<Health> => (await (await fetch(`${url}/health`)).json()) as Health
  while (child.exitCode === null) {
    if (
      await health().then(
        () => true,
        () => false,
      )
    )
      break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    child,
    log: () => log,
    health,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}
