import type { SweepView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { assembleSweeps } from './get-sweep.ts'

/** The newest sweeps first. @param options.limit 1 to 1000, default 100 */
export async function listSweeps(options: { limit?: number; state?: SweepView['state'] } = {}): Promise<SweepView[]> {
  const limit = options.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new AppError('INVALID_PARAMETER_VALUE', `max_results is ${limit}: it must be a whole number from 1 to 1000.`)
  }
  const db = sql()
  const rows = await db<{ id: string }[]>`
    select id from sweep where lifecycle_stage = 'active' ${options.state === undefined ? db`` : db`and state = ${options.state}`}
    order by created_at desc, id limit ${limit}`
  return assembleSweeps(rows.map((row) => row.id))
}
