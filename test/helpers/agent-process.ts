import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const dummy = fileURLToPath(new URL('./programs/dummy-agent.ts', import.meta.url))
const real = fileURLToPath(new URL('../../trainer/agent.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')

export interface AgentProcess {
  pid: number
  output: () => string
  /** Resolves with the exit status, or the signal's name. */
  ended: Promise<number | string>
  kill: (signal: NodeJS.Signals) => void
}

/** Starts an agent on the test's own database and home: the real trainer, or the real agent with children that train nothing. */
export function startAgent(children: 'dummy' | 'real' = 'dummy'): AgentProcess {
  const program = children === 'dummy' ? dummy : real
  const child: ChildProcess = spawn(process.execPath, ['--import', TSX, program], { env: process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1)))
  return { pid: child.pid ?? 0, output: () => output, ended, kill: (signal) => child.kill(signal) }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
