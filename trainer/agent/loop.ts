/** Does some work again and again, never twice at once; can be woken before its time. */
export class Loop {
  readonly #work: () => Promise<void>
  readonly #interval: () => number
  readonly #onError: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(work: () => Promise<void>, interval: () => number, onError: (error: unknown) => void) {
    this.#work = work
    this.#interval = interval
    this.#onError = onError
    this.wake()
  }

  /** Soon; once more if it is at work right now. */
  wake(): void {
    if (this.#stopped) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#again = false
    this.#running = this.#work()
      .catch(this.#onError)
      .finally(() => {
        this.#running = undefined
        if (this.#stopped) return
        this.#timer = setTimeout(() => this.wake(), this.#again ? 0 : this.#interval())
      })
  }

  /** Resolves when the work under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
