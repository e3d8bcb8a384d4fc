/**
 * Steps as a person sees them: one line a step on a terminal, rewritten while it runs; plain lines elsewhere (a log
 * file has no use for carriage returns), where progress is said at most every ten seconds.
 */
const terminal = () => process.stdout.isTTY === true && process.env.CI === undefined
const PLAIN_INTERVAL_MS = 10_000

export class Step {
  #title
  #startedAt = Date.now()
  #lastPlain = Date.now()
  #announced = false

  constructor(title) {
    this.#title = title
    if (terminal()) process.stdout.write(`  ${title} ..`)
  }

  /** What is happening now, e.g. `123 of 261 MB, 8 s left`. */
  progress(text) {
    if (terminal()) {
      process.stdout.write(`\r\x1b[K  ${this.#title}: ${text}`)
    } else if (!this.#announced || Date.now() - this.#lastPlain >= PLAIN_INTERVAL_MS) {
      this.#announced = true
      this.#lastPlain = Date.now()
      process.stdout.write(`  ${this.#title}: ${text}\n`)
    }
  }

  /** Progress in bytes, with the time left once there is a speed to tell it from. */
  bytes(done, total) {
    const seconds = (Date.now() - this.#startedAt) / 1000
    const left = seconds > 1 && done > total / 100 ? `, ${formatSeconds((seconds * (total - done)) / done)} left` : ''
    this.progress(`${formatBytes(done)} of ${formatBytes(total)}${done < total ? left : ''}`)
  }

  done(text = '') {
    const seconds = (Date.now() - this.#startedAt) / 1000
    const detail = [text, seconds >= 1 ? formatSeconds(seconds) : ''].filter(Boolean).join(', ')
    this.#finish('✓', detail)
  }

  failed() {
    this.#finish('✗', '')
  }

  #finish(mark, detail) {
    process.stdout.write(`${terminal() ? '\r\x1b[K' : ''}${mark} ${this.#title}${detail ? `: ${detail}` : ''}\n`)
  }
}

/**
 * Runs `work` as one step. What it returns is returned; a string it returns is also shown behind the title.
 * @template T
 * @param {string} title
 * @param {(step: Step) => Promise<T> | T} work
 */
export async function step(title, work) {
  const running = new Step(title)
  try {
    const result = await work(running)
    running.done(typeof result === 'string' ? result : '')
    return result
  } catch (error) {
    running.failed()
    throw error
  }
}

export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`
  return `${Math.max(bytes > 0 ? 1 : 0, Math.round(bytes / 1e3))} kB`
}

export function formatSeconds(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} min`
  return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`
}
