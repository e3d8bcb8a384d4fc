import { fromWire, type MetricSummary, type PointView, type RunView, type StreamEvent, toWire } from '@/core/contracts/views.ts'

/** What a live page knows of one run: its view, and its curves by key, points oldest first. */
export interface LiveRun {
  run: RunView
  series: Readonly<Record<string, readonly PointView[]>>
}

/** Which way a metric is better; the rule of core/metrics/direction.ts, which a page cannot import. */
export const lowerIsBetter = (key: string): boolean => /(^|[/_.])(loss|error|merges|splits)(@|$)/.test(key)

/** Beyond so many points a live curve is thinned to half: a page may stay open for days. */
const MOST_KEPT = 4000

/**
 * Adds points to a curve. A point at a step that is there replaces it: a resumed run writes its steps again.
 * @param points both oldest first by step
 */
export function mergePoints(points: readonly PointView[], added: readonly PointView[]): PointView[] {
  const lastStep = points[points.length - 1]?.step
  const firstAdded = added[0]?.step
  let merged: PointView[]
  if (lastStep === undefined || firstAdded === undefined || firstAdded > lastStep) merged = [...points, ...added]
  else {
    const byStep = new Map(points.map((point) => [point.step, point]))
    for (const point of added) byStep.set(point.step, point)
    merged = [...byStep.values()].sort((a, b) => a.step - b.step)
  }
  return merged.length > MOST_KEPT ? merged.filter((_, i) => i % 2 === 0 || i === merged.length - 1) : merged
}

/** The summary of a metric with new points counted in. */
function extendSummary(key: string, before: MetricSummary | undefined, added: readonly PointView[]): MetricSummary | undefined {
  const last = added[added.length - 1]
  if (last === undefined) return before
  const summary: MetricSummary = before ?? {
    last: last.value,
    last_step: last.step,
    best: null,
    best_step: null,
    min: null,
    max: null,
    count: 0,
    nan_count: 0,
  }
  let { best, best_step, min, max } = summary
  for (const point of added) {
    const value = fromWire(point.value)
    if (Number.isNaN(value)) continue
    if (min === null || value < fromWire(min)) min = toWire(value)
    if (max === null || value > fromWire(max)) max = toWire(value)
    if (!Number.isFinite(value)) continue
    const better = best === null || (lowerIsBetter(key) ? value < fromWire(best) : value > fromWire(best))
    if (better) [best, best_step] = [toWire(value), point.step]
  }
  const isLater = last.step >= summary.last_step
  return {
    ...summary,
    best,
    best_step,
    min,
    max,
    last: isLater ? last.value : summary.last,
    last_step: isLater ? last.step : summary.last_step,
    count: summary.count + added.length,
  }
}

/** One run after one event; the same object where the event changes nothing of it. */
export function applyEvent(live: LiveRun, event: StreamEvent): LiveRun {
  if (event.run_id !== live.run.run_id) return live
  switch (event.type) {
    case 'points': {
      const metric = extendSummary(event.key, live.run.metrics[event.key], event.points)
      return {
        run: metric === undefined ? live.run : { ...live.run, metrics: { ...live.run.metrics, [event.key]: metric } },
        series: { ...live.series, [event.key]: mergePoints(live.series[event.key] ?? [], event.points) },
      }
    }
    case 'status': {
      const { type: _type, run_id: _id, ...status } = event
      return { ...live, run: { ...live.run, ...status } }
    }
    case 'progress': {
      const { type: _type, run_id: _id, ...progress } = event
      return { ...live, run: { ...live.run, ...progress } }
    }
    case 'artifact':
    case 'log':
    case 'run_added':
      return live
  }
}

/** Several runs after a batch of events; runs that no event names keep their identity, so that React skips them. */
export function applyEvents<T extends LiveRun>(runs: readonly T[], events: readonly StreamEvent[]): T[] {
  return runs.map((live) => {
    let next: LiveRun = live
    for (const event of events) next = applyEvent(next, event)
    return next === live ? live : { ...live, ...next }
  })
}
