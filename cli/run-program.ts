import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../core/env.ts'

const fromCheckout = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export interface Program {
  /** In the checkout: `trainer/agent.ts`; TypeScript runs through tsx. */
  path: string
  args?: readonly string[]
  env?: Record<string, string | undefined>
}

export function startProgram({ path, args = [], env = {} }: Program, stdio: 'inherit' | 'ignore'): ChildProcess {
  // A part of Karyon also leaves when this process is killed: the channel between the two breaks.
  const loaders = path.endsWith('.ts')
    ? ['--import', fromCheckout('setup/leave-with-parent.mjs'), '--import', import.meta.resolve('tsx')]
    : []
  return spawn(process.execPath, [...loaders, fromCheckout(path), ...args], {
    stdio: [stdio, stdio, stdio, 'ipc'],
    env: childEnvironment(env),
  })
}

/**
 * Runs a program in this terminal until it ends. Ctrl-C reaches it directly; this process waits for it.
 * @returns its exit status
 */
export function runProgram(program: Program): Promise<number> {
  const child = startProgram(program, 'inherit')
  const onInterrupt = (): void => undefined
  const onTerminate = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onTerminate)
      resolve(signal === null ? (code ?? 1) : 130)
    })
  })
}
