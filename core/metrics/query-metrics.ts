import { type PointView, type SeriesView, toWire } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'

export const DEFAULT_MAX_POINTS = 500
export const MOST_POINTS = 10_000
/** Each bucket keeps at most its first, last, least and greatest point. */
const KEPT_OF_A_BUCKET = 4

export interface MetricsQuery {
  runs: readonly string[]
  /** Default: every key of those runs. */
  keys?: readonly string[]
  /** At most so many points a curve (default 500, most 10,000). */
  maxPoints?: number
  /** Steps to read, both included. */
  from?: number
  to?: number
}

interface SeriesRow {
  id: number
  run_id: string
  key: string
  total: number
  nan_count: number
}
interface BucketRow {
  series_id: number
  first: Triple
  last: Triple
  least: Triple | null
  greatest: Triple | null
}
/** Three floats in the order that PostgreSQL compared them in. */
type Triple = [number, number, number]

/**
 * Curves of many runs, downsampled in the database: a long curve is cut into buckets of equally many points, and each
 * keeps its first, last, least and greatest point, so that no spike is lost however few points are asked for.
 *
 * Ordered by run as given, then key. A series that does not exist is left out. NaN points are counted, and kept where
 * they are first or last of a bucket.
 * @throws AppError INVALID_PARAMETER_VALUE where maxPoints is out of range
 */
export async function queryMetrics(query: MetricsQuery): Promise<SeriesView[]> {
  const maxPoints = query.maxPoints ?? DEFAULT_MAX_POINTS
  if (!Number.isInteger(maxPoints) || maxPoints < 1 || maxPoints > MOST_POINTS) {
    throw new AppError('INVALID_PARAMETER_VALUE', `max_points is ${maxPoints}: it must be a whole number from 1 to ${MOST_POINTS}.`)
  }
  if (query.runs.length === 0) return []
  const db = sql()
  const inRange = db`${query.from === undefined ? db`` : db`and p.step >= ${query.from}`} ${query.to === undefined ? db`` : db`and p.step <= ${query.to}`}`
  const series = await db<SeriesRow[]>`
    select s.id, s.run_id, s.key, t.total, t.nan_count
    from metric_series s
    cross join lateral (
      select count(*) as total, count(*) filter (where p.value = 'NaN') as nan_count
      from metric_point p where p.series_id = s.id ${inRange}
    ) t
    where s.run_id = any(${query.runs as string[]}) ${query.keys === undefined ? db`` : db`and s.key = any(${query.keys as string[]})`}
    order by array_position(${query.runs as string[]}::text[], s.run_id::text), s.key`
  const points = new Map<number, Triple[]>(series.map((s) => [s.id, []]))

  const short = series.filter((s) => s.total <= maxPoints).map((s) => s.id)
  const whole =
    short.length === 0
      ? []
      : await db<{ series_id: number; step: number; at: Date; value: number }[]>`
          select p.series_id, p.step, p.at, p.value from metric_point p
          where p.series_id = any(${short}::bigint[]) ${inRange} order by p.series_id, p.step, p.at, p.value`
  for (const p of whole) points.get(p.series_id)?.push([p.step, p.at.getTime(), p.value])

  const long = series.filter((s) => s.total > maxPoints)
  const buckets = Math.max(1, Math.floor(maxPoints / KEPT_OF_A_BUCKET))
  const cut =
    long.length === 0
      ? []
      : await db<BucketRow[]>`
          with numbered as (
            select p.series_id, p.value, p.step::float8 as step, (extract(epoch from p.at) * 1000)::float8 as at,
                   row_number() over (partition by p.series_id order by p.step, p.at, p.value) - 1 as n, w.total
            from metric_point p
            join unnest(${long.map((s) => s.id)}::bigint[], ${long.map((s) => s.total)}::bigint[]) as w(id, total) on w.id = p.series_id
            where true ${inRange}
          )
          select series_id, min(array[step, at, value]) as first, max(array[step, at, value]) as last,
                 min(array[value, step, at]) filter (where value <> 'NaN') as least,
                 max(array[value, -step, -at]) filter (where value <> 'NaN') as greatest
          from numbered group by series_id, n * ${buckets}::int / total order by series_id, min(n)`
  for (const b of cut) points.get(b.series_id)?.push(...keptOfBucket(b))

  return series.map((s) => ({
    run_id: s.run_id,
    key: s.key,
    total: s.total,
    nan_count: s.nan_count,
    points: (points.get(s.id) ?? []).slice(0, maxPoints).map(toPoint),
  }))
}

function keptOfBucket(bucket: BucketRow): Triple[] {
  const kept: Triple[] = [bucket.first, bucket.last]
  if (bucket.least !== null) kept.push([bucket.least[1], bucket.least[2], bucket.least[0]])
  if (bucket.greatest !== null) kept.push([-bucket.greatest[1], -bucket.greatest[2], bucket.greatest[0]])
  const distinct = new Map(kept.map((p) => [p.join(), p]))
  return [...distinct.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
}

const toPoint = ([step, at, value]: Triple): PointView => ({ step, at, value: toWire(value) })
