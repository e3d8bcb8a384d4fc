import type { ClaimedJob } from '../../core/jobs/claim-job.ts'
import { describeEnding, Forked } from './forked.ts'
import { Watchdog } from './watchdog.ts'

const CANCEL_PATIENCE_MS = 30_000
const LEAST_PATIENCE_MS = 30 * 60_000

/** One job in a process of its own: a decoder that crashes on a strange file takes nothing else with it. */
export class JobProcess {
  readonly claimed: ClaimedJob
  readonly ended: Promise<string>
  readonly #process: Forked
  readonly #watchdog = new Watchdog(Date.now(), LEAST_PATIENCE_MS)
  #cancelled = false
  #killedBecause: string | undefined

  constructor(claimed: ClaimedJob, entry: string, environment: Record<string, string>, onLine: (line: string) => void) {
    this.claimed = claimed
    this.#process = new Forked({ entry, environment, onLine, onMessage: () => this.#watchdog.progress(Date.now()) })
    this.#process.send({ type: 'start', claimed })
    this.ended = this.#process.ended.then((ending) => this.#killedBecause ?? describeEnding(ending) ?? 'Its process ended without a result')
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Cancelled by a person, or lost to another worker. */
  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#process.send({ type: 'cancel' })
    this.#process.killAfter(CANCEL_PATIENCE_MS)
  }

  kill(): void {
    this.#process.kill()
  }

  watch(now: number, databaseAway: boolean): void {
    if (databaseAway) return this.#watchdog.forgive(now)
    if (this.#killedBecause !== undefined || !this.#watchdog.isStuck(now)) return
    this.#killedBecause = `Its process made no progress for ${Math.round(this.#watchdog.patience / 60_000)} minutes and was ended`
    this.#process.kill()
  }
}
