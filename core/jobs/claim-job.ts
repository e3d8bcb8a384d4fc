import { CHANNELS, notify } from '../notify.ts'
import { LEASE_SECONDS } from '../runs/lease.ts'
import { sql } from '../sql.ts'
import type { JobKind } from './definitions.ts'
import { recoverLostJobs } from './recover-jobs.ts'

/** Travels to the child as one IPC message; the payload is parsed there. */
export interface ClaimedJob {
  jobId: string
  leaseToken: string
  kind: JobKind
  payload: unknown
  attempt: number
  actor: string
}

/**
 * Gives a trainer the oldest queued job that its machine can do, or null. One statement claims; no two claimers get one
 * job.
 */
export async function claimJob(trainerId: string): Promise<ClaimedJob | null> {
  await recoverLostJobs({ expired: true })
  const [row] = await sql()<{ id: string; lease_token: string; kind: JobKind; payload: unknown; attempt: number; created_by: string }[]>`
    with candidate as (
      select id from job where status = 'queued' and (host is null or host = (select host from trainer where id = ${trainerId}))
      order by created_at, id limit 1 for update skip locked
    )
    update job j
    set status = 'running', lease_token = gen_random_uuid(), lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
        trainer_id = ${trainerId}, attempt = j.attempt + 1, started_at = coalesce(j.started_at, now()), progress = 0, message = ''
    from candidate c where j.id = c.id
    returning j.id, j.lease_token, j.kind, j.payload, j.attempt, j.created_by`
  if (row === undefined) return null
  await notify(sql(), CHANNELS.job, row.id)
  return { jobId: row.id, leaseToken: row.lease_token, kind: row.kind, payload: row.payload, attempt: row.attempt, actor: row.created_by }
}
