import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../cli/karyon.mjs', import.meta.url))

export interface CliResult {
  status: number | null
  stdout: string
  stderr: string
}

export interface RunningCli {
  child: ChildProcess
  stderr: () => string
  ended: Promise<CliResult>
}

/** `karyon ARGS` as a process of its own, in the test's environment. */
export function startCli(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): RunningCli {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<CliResult>((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })))
  return { child, stderr: () => stderr, ended }
}

export const runCli = (args: readonly string[], options?: Parameters<typeof startCli>[1]): Promise<CliResult> =>
  startCli(args, options).ended
