import type { ClaimedRun } from '../../core/runs/claim-run.ts'
import type { RunRequest } from '../../core/runs/renew-leases.ts'
import { describeEnding, Forked } from './forked.ts'
import type { Slot } from './slots.ts'
import { Watchdog } from './watchdog.ts'

/** A cancelled run has so long to leave by itself. */
const CANCEL_PATIENCE_MS = 60_000
/** One whose lease is gone closes its files, or writes into the void until it notices. */
const LOST_PATIENCE_MS = 10_000

/** One run in one slot: the process that trains it, from its claim to its end. */
export class RunChild {
  readonly claimed: ClaimedRun
  readonly slot: Slot
  /** Why the run must be taken back if its lease still stands, once the process has ended. */
  readonly ended: Promise<string>
  readonly #process: Forked
  readonly #watchdog = new Watchdog(Date.now())
  #asked: RunRequest | undefined
  #lost = false
  #killedBecause: string | undefined

  constructor(claimed: ClaimedRun, slot: Slot, entry: string, onLine: (line: string) => void) {
    this.claimed = claimed
    this.slot = slot
    this.#process = new Forked({ entry, environment: slot.environment, onLine, onMessage: () => this.#watchdog.progress(Date.now()) })
    this.#process.send({ type: 'start', claimed })
    this.ended = this.#process.ended.then((ending) => this.#killedBecause ?? describeEnding(ending) ?? 'Its process ended without a result')
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Passes on what a person or the sweep asks; said once each. */
  ask(request: RunRequest): void {
    if (this.#asked === request) return
    this.#asked = request
    this.#process.send({ type: 'request', request })
    if (request === 'cancel') this.#process.killAfter(CANCEL_PATIENCE_MS)
  }

  /** The lease no longer stands: the run has ended, or someone else has it. */
  lose(): void {
    if (this.#lost) return
    this.#lost = true
    this.#process.killAfter(LOST_PATIENCE_MS)
  }

  kill(): void {
    this.#process.kill()
  }

  /** @param databaseAway the child may be waiting for the database, which is no fault of its own */
  watch(now: number, databaseAway: boolean): void {
    if (databaseAway) return this.#watchdog.forgive(now)
    if (this.#killedBecause !== undefined || !this.#watchdog.isStuck(now)) return
    this.#killedBecause = `Its process made no progress for ${Math.round(this.#watchdog.patience / 60_000)} minutes and was ended`
    this.#process.kill()
  }
}
