import { sql } from '../sql.ts'
import { LEASE_SECONDS, type LeaseHold } from './lease.ts'

export type RunRequest = 'stop' | 'cancel' | 'prune'

/**
 * The beat: renews in one statement every lease that still stands, and brings what was asked of those runs. A lease that
 * ran out while the database was away is renewed too, if nobody else took the run.
 * By the clock and not by now(): a beat that waited for a row counts from when it got it, not from when it asked.
 * @returns run id -> request; a run that is missing was lost, its holder must stop
 */
export async function renewLeases(holds: readonly LeaseHold[]): Promise<Map<string, RunRequest | null>> {
  if (holds.length === 0) return new Map()
  const rows = await sql()<{ run_id: string; request: RunRequest | null }[]>`
    update run_state s set lease_expires_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    from unnest(${holds.map((h) => h.runId)}::text[], ${holds.map((h) => h.leaseToken)}::uuid[]) as h (run_id, lease_token)
    where s.run_id = h.run_id and s.lease_token = h.lease_token
    returning s.run_id, s.request`
  return new Map(rows.map((row) => [row.run_id, row.request]))
}

/** What is asked of these runs now; only those of which something is. */
export async function readRequests(runIds: readonly string[]): Promise<Map<string, RunRequest>> {
  if (runIds.length === 0) return new Map()
  const rows = await sql()<{ run_id: string; request: RunRequest }[]>`
    select run_id, request from run_state where run_id = any(${[...runIds]}) and request is not null`
  return new Map(rows.map((row) => [row.run_id, row.request]))
}
