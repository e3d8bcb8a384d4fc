import type { JobView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { LEASE_SECONDS } from '../runs/lease.ts'
import { sql } from '../sql.ts'
import { type JobRow, toJobView } from './job-view.ts'

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getJob(jobId: string): Promise<JobView> {
  const [row] = await sql()<JobRow[]>`select ${columns()} from job j where j.id = ${jobId}`
  if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no job ${jobId}.`)
  return toJobView(row)
}

/** Newest first. */
export async function listJobs(options: { limit?: number; status?: JobView['status']; kind?: JobView['kind'] } = {}): Promise<JobView[]> {
  const { limit = 100, status, kind } = options
  const rows = await sql()<JobRow[]>`
    select ${columns()} from job j
    where (${status ?? null}::text is null or j.status = ${status ?? null}) and (${kind ?? null}::text is null or j.kind = ${kind ?? null})
    order by j.created_at desc, j.id limit ${Math.min(Math.max(limit, 1), 1000)}`
  return rows.map(toJobView)
}

/** With whether a job waits for a trainer of one host where none lives. */
const columns = () => sql()`j.*, j.status = 'queued' and j.host is not null and not exists (
  select from trainer t where t.host = j.host and t.beat_at > now() - make_interval(secs => ${LEASE_SECONDS})) as unattended`
