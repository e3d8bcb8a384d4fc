import { createServer } from 'node:net'
import { z } from 'zod'
import { env } from '../core/env.ts'
import { AppError } from '../core/errors.ts'
import { launcherRecord } from './launcher-record.ts'
import { note } from './output.ts'
import { startProgram } from './run-program.ts'

const START_TIMEOUT_MS = 60_000

/** Uses the model server of this home, or starts one for as long as `work` takes. */
export async function withModelServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const running = await findServer()
  if (running !== undefined) return work(running)
  const port = await freePort()
  note('No model server runs on this home; starting one ..')
  // Its environment is checked here, where a message reaches the person.
  void env().databaseUrl
  const child = startProgram({ path: 'model-registry/serving/server.ts', env: { SERVE_PORT: String(port) } }, 'ignore')
  const url = `http://127.0.0.1:${port}`
  try {
    const until = Date.now() + START_TIMEOUT_MS
    while (!(await answers(url))) {
      if (child.exitCode !== null || Date.now() > until)
        throw new AppError('TEMPORARILY_UNAVAILABLE', 'The model server did not start. `karyon serve` shows why.')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return await work(url)
  } finally {
    child.kill('SIGTERM')
  }
}

async function findServer(): Promise<string | undefined> {
  const { serveUrl, servePort } = env()
  // One that was named is meant, whatever it serves.
  if (serveUrl !== `http://127.0.0.1:${servePort}`) return serveUrl
  for (const url of [launcherRecord()?.serveUrl, serveUrl]) if (url !== undefined && (await answers(url))) return url
  return undefined
}

/** Whether a model server of this home listens there. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
    const health = z.object({ home: z.string() }).parse(await response.json())
    return health.home === env().home
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
