import { type MetricSummary, toWire } from '../contracts/views.ts'
import { sql } from '../sql.ts'
import { LOWER_IS_BETTER } from './direction.ts'

interface SummaryRow {
  run_id: string
  key: string
  count: number
  nan_count: number
  min: number | null
  max: number | null
  best: number | null
  best_step: number | null
  last: number
  last_step: number
}

export interface SummaryOptions {
  /** Only these keys; default all. */
  keys?: readonly string[]
  /**
   * Also the keys that grow by the second (`train/batch_loss`, `system/..`): thousands of points a run, of no use in a
   * table of runs. Asked for by name they always come.
   */
  frequent?: boolean
}

/**
 * Summaries of the metrics of many runs, by one query.
 *
 * Last is the point of the greatest (step, at, value). Minimum and maximum leave NaN out and count it; the best leaves
 * infinities out too, is the earliest of equals, and is null where nothing finite was logged.
 */
export async function metricSummaries(
  runIds: readonly string[],
  options: SummaryOptions = {},
): Promise<Map<string, Record<string, MetricSummary>>> {
  const found = new Map<string, Record<string, MetricSummary>>(runIds.map((id) => [id, {}]))
  if (runIds.length === 0) return found
  const db = sql()
  const which =
    options.keys !== undefined
      ? db`and s.key = any(${options.keys as string[]})`
      : options.frequent === true
        ? db``
        : db`and s.key <> 'train/batch_loss' and s.key not like 'system/%'`
  // `offset 0` keeps the pattern out of the inner loops: once a series instead of once a point. The best is the least
  // signed value, so that both directions are one aggregate.
  const rows = await db<SummaryRow[]>`
    select s.run_id, s.key, t.count, t.nan_count, t.min, t.max, s.sign * t.best as best,
           (select min(p.step) from metric_point p where p.series_id = s.id and p.value = s.sign * t.best) as best_step,
           l.value as last, l.step as last_step
    from (
      select s.id, s.run_id, s.key, case when s.key ~ ${LOWER_IS_BETTER} then 1::float8 else -1::float8 end as sign
      from metric_series s where s.run_id = any(${runIds as string[]}) ${which} offset 0
    ) s
    cross join lateral (
      select count(*) as count, count(*) filter (where p.value = 'NaN') as nan_count,
             min(p.value) filter (where p.value <> 'NaN') as min, max(p.value) filter (where p.value <> 'NaN') as max,
             min(s.sign * p.value) filter (where p.value < 'Infinity' and p.value > '-Infinity') as best
      from metric_point p where p.series_id = s.id
    ) t
    cross join lateral (
      select p.value, p.step from metric_point p where p.series_id = s.id order by p.step desc, p.at desc, p.value desc limit 1
    ) l
    order by s.key`
  for (const row of rows) {
    const summaries = found.get(row.run_id)
    if (summaries === undefined) continue
    summaries[row.key] = {
      last: toWire(row.last),
      last_step: row.last_step,
      best: row.best === null ? null : toWire(row.best),
      best_step: row.best_step,
      min: row.min === null ? null : toWire(row.min),
      max: row.max === null ? null : toWire(row.max),
      count: row.count,
      nan_count: row.nan_count,
    }
  }
  return found
}
