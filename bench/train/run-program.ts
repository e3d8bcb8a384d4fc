import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AppError } from '../../core/errors.ts'

const TAIL = 4000
/** Lines that TensorFlow prints at every start. */
const GREETING = /^(WARNING: All log messages before absl|I0000 ).*\n?/gm

/** A program was stopped because it ran longer than it was given. */
export class TooSlow extends AppError {}

/**
 * Runs a program to its end. Its output is kept and shown only in the error.
 * @returns standard output
 * @param limitMs after which it is stopped
 * @throws AppError INTERNAL_ERROR beginning with `what` when it cannot be started or does not exit with 0; TooSlow
 */
export async function runProgram(
  what: string,
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  limitMs?: number,
): Promise<string> {
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const leave = (): void => void child.kill('SIGKILL')
  process.once('exit', leave)
  let isTooSlow = false
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => {
          isTooSlow = true
          leave()
        }, limitMs)
  let output = ''
  let tail = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    tail = (tail + text).slice(-TAIL)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-TAIL)))
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    if (code === 0) return output
    if (isTooSlow) throw new TooSlow('INTERNAL_ERROR', `${what} was stopped after ${Math.round((limitMs ?? 0) / 1000)} s.`)
    throw new AppError('INTERNAL_ERROR', `${what} ended with ${signal ?? `status ${code}`}:\n${tail.replaceAll(GREETING, '').trim()}`)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'INTERNAL_ERROR',
      `${what}: ${program} cannot be started (${cause instanceof Error ? cause.message : String(cause)}).`,
      {
        cause,
      },
    )
  } finally {
    clearTimeout(timer)
    process.off('exit', leave)
  }
}
