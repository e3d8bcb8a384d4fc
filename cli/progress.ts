const BAR = 24
const PLAIN_INTERVAL_MS = 10_000

/**
 * A line that is rewritten as work goes on. Where nobody watches (a log file, CI) it is printed now and then instead:
 * when its text changes and at most each ten seconds.
 */
export class Progress {
  private readonly startedAt = Date.now()
  private plainAt = 0
  private plainText = ''
  private open = false
  private readonly live = process.stderr.isTTY === true

  /**
   * @param fraction 0 to 1, or undefined where nobody knows
   */
  show(title: string, fraction: number | undefined, detail = ''): void {
    const share = fraction === undefined ? undefined : Math.min(1, Math.max(0, fraction))
    if (this.live) {
      const bar =
        share === undefined
          ? ''
          : `${'█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░')} ${String(Math.floor(share * 100)).padStart(3)} % `
      const columns = process.stderr.columns > 0 ? process.stderr.columns : 100
      process.stderr.write(`\r\x1b[K${`  ${title} ${bar}${detail}`.slice(0, columns - 1)}`)
      this.open = true
      return
    }
    const text = `  ${title}${share === undefined ? '' : ` ${Math.floor(share * 100)} %`}${detail === '' ? '' : `, ${detail}`}`
    if (text === this.plainText || Date.now() - this.plainAt < PLAIN_INTERVAL_MS) return
    this.plainAt = Date.now()
    this.plainText = text
    process.stderr.write(`${text}\n`)
  }

  get milliseconds(): number {
    return Date.now() - this.startedAt
  }

  /** Removes the line. */
  clear(): void {
    if (this.open) process.stderr.write('\r\x1b[K')
    this.open = false
  }
}

/** Time left of work that goes on as it went so far; undefined until that can be told. */
export function timeLeft(milliseconds: number, fraction: number): number | undefined {
  return fraction < 0.03 || milliseconds < 2000 ? undefined : (milliseconds * (1 - fraction)) / fraction
}
