import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { childEnvironment, keepingAllocator } from '../../core/env.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const TSX = import.meta.resolve('tsx')
const TAIL_LINES = 20

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines that it wrote on standard error. */
  tail: string[]
}

/**
 * A child process that speaks IPC. Its output goes line by line to `onLine`. It leaves when the channel breaks, so that a
 * killed agent leaves nobody behind.
 */
export class Forked {
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #timers: NodeJS.Timeout[] = []
  #alive = true

  constructor(options: {
    entry: string
    environment: Record<string, string>
    onLine: (line: string) => void
    onMessage: (message: unknown) => void
  }) {
    const child = fork(options.entry, [], {
      cwd: CHECKOUT,
      execArgv: ['--import', TSX],
      env: childEnvironment({ ...keepingAllocator(), ...options.environment }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    const tail: string[] = []
    child.on('message', options.onMessage)
    if (child.stdout !== null) createInterface(child.stdout).on('line', options.onLine)
    if (child.stderr !== null) {
      createInterface(child.stderr).on('line', (line) => {
        tail.push(line)
        if (tail.length > TAIL_LINES) tail.shift()
        options.onLine(line)
      })
    }
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#alive = false
        for (const timer of this.#timers) clearTimeout(timer)
        resolve({ code, signal, tail })
      }
      // 'exit' and not 'close': what holds its pipes open must not keep the slot.
      child.once('exit', (code, signal) => setTimeout(end, 50, code, signal))
      child.once('error', (error) => {
        tail.push(error.message)
        if (child.pid === undefined) end(1, null)
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get alive(): boolean {
    return this.#alive
  }

  send(message: object): void {
    // A channel that is closing is no news: the exit follows.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  /** Ends it for good unless it has ended by then. */
  killAfter(ms: number): void {
    if (this.#alive) this.#timers.push(setTimeout(() => this.kill(), ms))
  }
}

/** Why a process ended, for a person; undefined for a clean end. */
export function describeEnding(ending: Ending): string | undefined {
  if (ending.signal !== null) return `Its process was ended by ${ending.signal}`
  if (ending.code === 0) return undefined
  const said = lastError(ending.tail)
  return `Its process ended with status ${ending.code}${said === undefined ? '' : `: ${said}`}`
}

/** The line that names the error: a stack and Node's closing lines follow it. */
function lastError(tail: readonly string[]): string | undefined {
  const named = [...tail].reverse().find((line) => /^(Uncaught )?\w*Error\b.*: /.test(line))
  return (named ?? tail.filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line)).at(-1))?.trim().slice(0, 500)
}
