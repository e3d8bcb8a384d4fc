/**
 * A lease is what makes a run (or a job) belong to one worker at a time: a token that fences every write, and a time,
 * by the database's clock, after which anyone may take over. The agent beats, not the child, so that a long native
 * operation is no death.
 */
export const BEAT_MS = 5_000
export const LEASE_SECONDS = 20
/** So many attempts in a row without a further epoch, and the run is given up. */
export const MOST_FRUITLESS_ATTEMPTS = 5

/** What a holder shows with everything that it writes. */
export interface LeaseHold {
  runId: string
  leaseToken: string
}
