import { type LiveRun } from '@/app/lib/live-state.ts'
import { fromWire, type PointView, type RunStatus, type SweepView } from '@/core/contracts/views.ts'

/** Curves that a sweep page has from the start: the sweep's metric first. */
export const curveKeys = (metric: string): string[] => [...new Set([metric, 'val/dice', 'val/ap50', 'val/map', 'val/loss', 'train/loss'])]

/** What the leaderboard shows beside the sweep's metric. */
export const otherMetrics = (metric: string): string[] => ['val/dice', 'val/ap50', 'val/map'].filter((key) => key !== metric).slice(0, 2)

/** A run as the page has it. */
export interface SweepRun extends LiveRun {
  /** Its best epoch when the page was read, and what was measured there: a downsampled curve may have dropped that point. */
  readBest?: { epoch: number; values: Readonly<Record<string, number>> } | undefined
}

export interface RankedRun extends SweepRun {
  /** From 1; null without a value, and for cancelled runs, which were thrown away. */
  rank: number | null
  best: { value: number; epoch: number } | null
  /** The sweep's metric, oldest first, for the sparkline. */
  spark: number[]
}

/** The best point of a run by the sweep's metric, the earliest of equals. */
function bestOf(live: LiveRun, metric: SweepView['metric']): RankedRun['best'] {
  let best: RankedRun['best'] = null
  for (const point of live.series[metric.name] ?? []) {
    const value = fromWire(point.value)
    if (!Number.isFinite(value)) continue
    const better = best === null || (metric.goal === 'maximize' ? value > best.value : value < best.value)
    if (better) best = { value, epoch: point.step }
  }
  return best
}

/** The leaderboard: best first, runs without a value after them in the order in which they were made. */
export function rank(runs: readonly SweepRun[], metric: SweepView['metric']): RankedRun[] {
  const sign = metric.goal === 'maximize' ? -1 : 1
  const ranked = runs.map((live) => ({
    ...live,
    best: bestOf(live, metric),
    spark: (live.series[metric.name] ?? []).map((point) => fromWire(point.value)),
    rank: null as number | null,
  }))
  const counts = (row: RankedRun) => row.best !== null && row.run.status !== 'cancelled'
  ranked.sort((a, b) => {
    if (counts(a) !== counts(b)) return counts(a) ? -1 : 1
    const byValue = counts(a) && a.best !== null && b.best !== null ? sign * (a.best.value - b.best.value) : 0
    return byValue || (a.run.ordinal ?? 0) - (b.run.ordinal ?? 0)
  })
  let place = 0
  for (const row of ranked) if (counts(row)) row.rank = ++place
  return ranked
}

/** What another metric was at the best epoch by the sweep's metric; undefined where it was not scored there. */
export function atBestEpoch(row: Pick<RankedRun, 'best' | 'series' | 'readBest'>, key: string): PointView['value'] | undefined {
  const { best, series, readBest } = row
  if (best === null) return undefined
  const read = readBest?.epoch === best.epoch ? readBest.values[key] : undefined
  return series[key]?.findLast((point) => point.step === best.epoch)?.value ?? read
}

/** Names of the parameters that are not the same in all of these runs, in the order of `known` first. */
export function varyingParameters(runs: readonly LiveRun[], known: readonly string[]): string[] {
  const names = new Set<string>(known)
  const first = runs[0]
  if (first !== undefined) {
    for (const { run } of runs) {
      for (const [name, value] of Object.entries(run.params)) if (first.run.params[name] !== value) names.add(name)
    }
  }
  return [...names]
}

export function countByStatus(runs: readonly LiveRun[]): Partial<Record<RunStatus, number>> {
  const counts: Partial<Record<RunStatus, number>> = {}
  for (const { run } of runs) counts[run.status] = (counts[run.status] ?? 0) + 1
  return counts
}
