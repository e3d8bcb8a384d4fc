import { LEASE_SECONDS } from '../runs/lease.ts'
import { type Query, sql } from '../sql.ts'

/** Runs that can be trained at once by the trainers that are alive; 1 while there is none. */
export async function trainerSlots(query: Query = sql()): Promise<number> {
  const [row] = await query<{ slots: number }[]>`
    select coalesce(sum(slots), 0)::int as slots from trainer where beat_at > now() - make_interval(secs => ${LEASE_SECONDS})`
  return Math.max(1, row?.slots ?? 1)
}
