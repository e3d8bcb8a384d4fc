import { type Query, sql } from '../core/sql.ts'

/** Every finite validation metric of a run at one epoch. */
export async function validationMetrics(runId: string, epoch: number, query: Query = sql()): Promise<Record<string, number>> {
  const rows = await query<{ key: string; value: number }[]>`
    select distinct on (s.key) s.key, p.value from metric_series s join metric_point p on p.series_id = s.id
    where s.run_id = ${runId} and p.step = ${epoch} and s.key like 'val/%' and p.value not in ('NaN', 'Infinity', '-Infinity')
    order by s.key, p.at desc, p.value desc`
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}
