import { LEASE_SECONDS } from '../runs/lease.ts'
import { sql } from '../sql.ts'
import type { JobHold } from './recover-jobs.ts'

/** @returns job id -> whether it was cancelled; one that is missing was lost, its holder must stop */
export async function renewJobs(holds: readonly JobHold[]): Promise<Map<string, boolean>> {
  if (holds.length === 0) return new Map()
  const rows = await sql()<{ id: string; cancel_requested: boolean }[]>`
    update job j set lease_expires_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    from unnest(${holds.map((h) => h.jobId)}::text[], ${holds.map((h) => h.leaseToken)}::uuid[]) as h (id, lease_token)
    where j.id = h.id and j.lease_token = h.lease_token
    returning j.id, j.cancel_requested`
  return new Map(rows.map((row) => [row.id, row.cancel_requested]))
}

/** Which of these jobs someone has cancelled. */
export async function readCancelled(jobIds: readonly string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set()
  const rows = await sql()<{ id: string }[]>`select id from job where id = any(${[...jobIds]}) and cancel_requested`
  return new Set(rows.map((row) => row.id))
}
