import type { RunParameterName } from '../contracts/run-parameters.ts'
import type { RunView, SweepView } from '../contracts/views.ts'
import { baselineSummary } from '../datasets/baseline-summary.ts'
import { assembleRuns } from '../runs/assemble-runs.ts'
import { sql } from '../sql.ts'
import { getSweep } from './get-sweep.ts'
import { varyingParameters } from './space.ts'

export interface LeaderboardRow {
  run: RunView
  /** The best finite value of the sweep's metric and its epoch (the earliest of equals); null while there is none. */
  best: { value: number; epoch: number } | null
  /** The metric by epoch, finite values only, at most 60 of them, first and last kept. */
  spark: number[]
}

export interface Leaderboard {
  sweep: SweepView
  /** Otsu + watershed on the same validation images: `val/dice`, `val/ap50`, .. */
  baseline: Record<string, number>
  /** Best first; runs without a value after those with one, cancelled ones (thrown away) at the end. */
  rows: LeaderboardRow[]
  varying: RunParameterName[]
}

const MOST_SPARK_VALUES = 60

/** A sweep's runs ranked by its metric on the validation side. @throws AppError as getSweep */
export async function getLeaderboard(sweepId: string): Promise<Leaderboard> {
  const sweep = await getSweep(sweepId)
  const db = sql()
  const ids = (
    await db<{ id: string }[]>`select id from run where sweep_id = ${sweepId} and lifecycle_stage = 'active' order by ordinal`
  ).map((row) => row.id)
  const [runs, points, baseline] = await Promise.all([
    assembleRuns(ids),
    db<{ run_id: string; step: number; value: number }[]>`
      select m.run_id, p.step, p.value from metric_series m join metric_point p on p.series_id = m.id
      where m.run_id = any(${ids}) and m.key = ${sweep.metric.name} and p.value not in ('NaN', 'Infinity', '-Infinity')
      order by m.run_id, p.step, p.at, p.value`,
    baselineSummary(sweep.split_id, 'val', sweep.spec.limit_images),
  ])
  const valuesOf = new Map<string, { step: number; value: number }[]>(ids.map((id) => [id, []]))
  for (const point of points) valuesOf.get(point.run_id)?.push(point)
  const sign = sweep.metric.goal === 'maximize' ? 1 : -1
  const rows = runs.map((run): LeaderboardRow => {
    const values = valuesOf.get(run.run_id) ?? []
    let best: LeaderboardRow['best'] = null
    for (const { step, value } of values) if (best === null || sign * value > sign * best.value) best = { value, epoch: step }
    return {
      run,
      best,
      spark: thin(
        values.map((point) => point.value),
        MOST_SPARK_VALUES,
      ),
    }
  })
  return {
    sweep,
    baseline,
    rows: rows.sort((a, b) => rank(a) - rank(b) || compareBest(a, b, sign)),
    varying: varyingParameters(sweep.spec),
  }
}

/** With a value, without one, thrown away. */
const rank = (row: LeaderboardRow): number => (row.run.status === 'cancelled' ? 2 : row.best === null ? 1 : 0)

/** Equal values stay in the order of their ordinals (sort is stable). */
const compareBest = (a: LeaderboardRow, b: LeaderboardRow, sign: number): number =>
  a.best === null || b.best === null ? 0 : sign * (b.best.value - a.best.value)

/** At most `most` values, evenly chosen, first and last among them. */
export function thin(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values]
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))] ?? 0)
}
