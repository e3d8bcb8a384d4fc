const LEAST_PATIENCE_MS = 10 * 60_000
const USUAL_TIMES = 20

/**
 * Tells a child that hangs from one that is slow: no sign of progress for ten minutes, or for twenty times what usually
 * passes between two signs where that is longer. The usual is an average in which the latest count most.
 */
export class Watchdog {
  #last: number
  #usual: number | undefined
  readonly #leastPatience: number

  constructor(now: number, leastPatience = LEAST_PATIENCE_MS) {
    this.#last = now
    this.#leastPatience = leastPatience
  }

  progress(now: number): void {
    const gap = now - this.#last
    this.#usual = this.#usual === undefined ? gap : this.#usual * 0.8 + gap * 0.2
    this.#last = now
  }

  /** Waiting that is not the child's fault does not count. */
  forgive(now: number): void {
    this.#last = now
  }

  isStuck(now: number): boolean {
    return now - this.#last > this.patience
  }

  get patience(): number {
    return Math.max(this.#leastPatience, USUAL_TIMES * (this.#usual ?? 0))
  }
}
