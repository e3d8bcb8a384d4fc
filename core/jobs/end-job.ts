import type { JobView } from '../contracts/views.ts'
import { AppError, toAppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { sql } from '../sql.ts'
import type { JobHold } from './recover-jobs.ts'

/** @throws AppError LEASE_LOST when the job was given to another worker */
export async function finishJob(hold: JobHold, result: Record<string, unknown>): Promise<void> {
  await end(hold, { status: 'finished', message: 'Done', result, error: null })
}

/** @throws AppError LEASE_LOST */
export async function failJob(hold: JobHold, thrown: unknown): Promise<void> {
  const error = toJobError(thrown)
  await end(hold, { status: 'failed', message: error.message, result: null, error })
}

/** @throws AppError LEASE_LOST */
export async function endCancelledJob(hold: JobHold): Promise<void> {
  await end(hold, { status: 'cancelled', message: 'Cancelled', result: null, error: null })
}

/** @throws AppError LEASE_LOST */
export async function reportJob(hold: JobHold, progress: number, message: string): Promise<void> {
  const bounded = Number.isFinite(progress) ? Math.min(Math.max(progress, 0), 1) : 0
  const rows = await sql()`
    update job set progress = ${bounded}, message = ${message.slice(0, 2000)} where id = ${hold.jobId} and lease_token = ${hold.leaseToken} returning id`
  if (rows.length === 0) throw lost(hold)
  await notify(sql(), CHANNELS.job, hold.jobId)
}

/** What a person sees of it: code, message, and what is wrong with which file. */
export function toJobError(thrown: unknown): NonNullable<JobView['error']> {
  const error = toAppError(thrown)
  const problems = error.details?.problems
  return {
    error_code: error.code,
    message: error.message,
    ...(Array.isArray(problems) ? { problems: problems as { file: string; reason: string }[] } : {}),
  }
}

async function end(
  hold: JobHold,
  outcome: {
    status: 'finished' | 'failed' | 'cancelled'
    message: string
    result: Record<string, unknown> | null
    error: JobView['error']
  },
): Promise<void> {
  const rows = await sql()`
    update job set status = ${outcome.status}, lease_token = null, lease_expires_at = null, ended_at = now(), message = ${outcome.message},
      progress = case when ${outcome.status} = 'finished' then 1 else progress end,
      result = ${json(outcome.result)}::text::jsonb, error = ${json(outcome.error)}::text::jsonb
    where id = ${hold.jobId} and lease_token = ${hold.leaseToken} returning id`
  if (rows.length === 0) throw lost(hold)
  await notify(sql(), CHANNELS.job, hold.jobId)
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

const lost = (hold: JobHold): AppError => new AppError('LEASE_LOST', `Job ${hold.jobId} no longer belongs to this worker.`)
