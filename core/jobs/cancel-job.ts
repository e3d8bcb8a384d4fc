import type { JobView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { sql } from '../sql.ts'
import { getJob } from './get-job.ts'

/**
 * Cancels a job: a queued one at once, a running one as soon as its worker hears of it.
 * @throws AppError RESOURCE_DOES_NOT_EXIST; RESOURCE_CONFLICT when it has ended
 */
export async function cancelJob(jobId: string): Promise<JobView> {
  const rows = await sql()`
    update job set cancel_requested = true,
      status = case when status = 'queued' then 'cancelled' else status end,
      ended_at = case when status = 'queued' then now() end,
      message = case when status = 'queued' then 'Cancelled' else 'Asked to cancel' end
    where id = ${jobId} and status in ('queued', 'running') returning id`
  const job = await getJob(jobId)
  if (rows.length === 0)
    throw new AppError('RESOURCE_CONFLICT', `Job ${jobId} has already ended (${job.status}): there is nothing to cancel.`)
  await notify(sql(), CHANNELS.job, jobId)
  await notify(sql(), CHANNELS.request, jobId)
  return job
}
