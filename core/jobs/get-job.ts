import type { JobView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { type JobRow, toJobView } from './job-view.ts'

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getJob(jobId: string): Promise<JobView> {
  const [row] = await sql()<JobRow[]>`select * from job where id = ${jobId}`
  if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no job ${jobId}.`)
  return toJobView(row)
}

/** Newest first. */
export async function listJobs(options: { limit?: number; status?: JobView['status']; kind?: JobView['kind'] } = {}): Promise<JobView[]> {
  const { limit = 100, status, kind } = options
  const rows = await sql()<JobRow[]>`
    select * from job
    where (${status ?? null}::text is null or status = ${status ?? null}) and (${kind ?? null}::text is null or kind = ${kind ?? null})
    order by created_at desc, id limit ${Math.min(Math.max(limit, 1), 1000)}`
  return rows.map(toJobView)
}
