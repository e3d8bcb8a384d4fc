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
  /** What every whole-side validation metric was at that epoch, where it was scored. */
  at_best: Record<string, number>
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
  const bestOf = new Map<string, NonNullable<LeaderboardRow['best']>>()
  for (const [id, values] of valuesOf) {
    for (const { step, value } of values) {
      const best = bestOf.get(id)
      if (best === undefined || sign * value > sign * best.value) bestOf.set(id, { value, epoch: step })
    }
  }
  const atBest = await validationAt([...bestOf].map(([id, { epoch }]) => ({ id, epoch })))
  const rows = runs.map((run): LeaderboardRow => {
    const values = valuesOf.get(run.run_id) ?? []
    return {
      run,
      best: bestOf.get(run.run_id) ?? null,
      at_best: atBest.get(run.run_id) ?? {},
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

/** Finite validation metrics (those of single strata left out) of runs, each at an epoch of its own. */
async function validationAt(epochs: readonly { id: string; epoch: number }[]): Promise<Map<string, Record<string, number>>> {
  const points = await sql()<{ id: string; key: string; value: number }[]>`
    select m.run_id as id, m.key, p.value
    from unnest(${epochs.map(({ id }) => id)}::text[], ${epochs.map(({ epoch }) => epoch)}::bigint[]) as best (run_id, step)
    join metric_series m on m.run_id = best.run_id and m.key like 'val/%' and strpos(m.key, '@') = 0
    join metric_point p on p.series_id = m.id and p.step = best.step
    where p.value not in ('NaN', 'Infinity', '-Infinity') order by p.at, p.value`
  const found = new Map<string, Record<string, number>>()
  for (const { id, key, value } of points) found.set(id, { ...found.get(id), [key]: value })
  return found
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
