import { hostname } from 'node:os'
import type { z } from 'zod'
import type { JobView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { type Query, sql } from '../sql.ts'
import { BOUND_TO_HOST, jobDefinitions, type JobKind } from './definitions.ts'
import { type JobRow, toJobView } from './job-view.ts'

/**
 * Queues a job.
 * @param query pass a transaction to queue it with the caller's other changes
 * @throws AppError INVALID_PARAMETER_VALUE with the name of the field that is wrong
 */
export async function createJob<K extends JobKind>(
  kind: K,
  payload: z.input<(typeof jobDefinitions)[K]>,
  actor: string,
  query: Query = sql(),
): Promise<JobView> {
  const parsed = jobDefinitions[kind].safeParse(payload)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const field = issue?.path.join('.') ?? ''
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `The ${kind} job cannot be queued: ${field === '' ? '' : `${field} `}${issue?.message ?? 'invalid'}.`,
      {
        details: { fields: { [field]: issue?.message ?? 'invalid' } },
      },
    )
  }
  // As trainers name theirs (registerTrainer).
  const host = BOUND_TO_HOST.has(kind) ? hostname() : null
  const [row] = await query<JobRow[]>`
    insert into job (kind, payload, created_by, host) values (${kind}, ${JSON.stringify(parsed.data)}::text::jsonb, ${actor}, ${host}) returning *`
  if (row === undefined) throw new Error('insert returned no row')
  await notify(query, CHANNELS.queue)
  await notify(query, CHANNELS.job, row.id)
  return toJobView(row)
}
