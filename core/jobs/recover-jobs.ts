import { CHANNELS, notify } from '../notify.ts'
import { LEASE_SECONDS } from '../runs/lease.ts'
import { sql } from '../sql.ts'

export interface JobHold {
  jobId: string
  leaseToken: string
}

export const MOST_JOB_ATTEMPTS = 3

/**
 * Takes back jobs whose worker died: queued again, from their start; after three attempts failed, with the reason.
 * @returns how many changed
 */
export async function recoverLostJobs(lost: { expired: true } | { hold: JobHold; why: string }): Promise<number> {
  return sql().begin(async (tx) => {
    const which =
      'hold' in lost
        ? tx`id = ${lost.hold.jobId} and lease_token = ${lost.hold.leaseToken}`
        : tx`status = 'running' and lease_expires_at < now() and pg_postmaster_start_time() < now() - make_interval(secs => ${LEASE_SECONDS})`
    const why = 'hold' in lost ? lost.why : 'Its worker stopped answering'
    const error = JSON.stringify({
      error_code: 'INTERNAL_ERROR',
      message: `Given up after ${MOST_JOB_ATTEMPTS} attempts. The last: ${why}.`,
    })
    const rows = await tx<{ id: string }[]>`
      with lost as (select id from job where ${which} for update skip locked)
      update job j set
        lease_token = null, lease_expires_at = null, trainer_id = null,
        status = case when j.cancel_requested then 'cancelled' when j.attempt >= ${MOST_JOB_ATTEMPTS} then 'failed' else 'queued' end,
        ended_at = case when j.cancel_requested or j.attempt >= ${MOST_JOB_ATTEMPTS} then now() end,
        error = case when not j.cancel_requested and j.attempt >= ${MOST_JOB_ATTEMPTS} then ${error}::text::jsonb end,
        message = case when j.cancel_requested then 'Cancelled' when j.attempt >= ${MOST_JOB_ATTEMPTS} then 'Failed' else ${`${why}; started again`} end
      from lost where j.id = lost.id returning j.id`
    for (const row of rows) await notify(tx, CHANNELS.job, row.id)
    if (rows.length > 0) await notify(tx, CHANNELS.queue)
    return rows.length
  })
}

/** Gives a job back because its worker is being shut down: that counts as no attempt. */
export async function releaseJob(hold: JobHold): Promise<void> {
  const rows = await sql()`
    update job set status = 'queued', lease_token = null, lease_expires_at = null, trainer_id = null, attempt = attempt - 1,
      message = 'The trainer was shut down; will be started again'
    where id = ${hold.jobId} and lease_token = ${hold.leaseToken} and not cancel_requested returning id`
  if (rows.length > 0) await notify(sql(), CHANNELS.job, hold.jobId)
  else await recoverLostJobs({ hold, why: 'The trainer was shut down' })
}
