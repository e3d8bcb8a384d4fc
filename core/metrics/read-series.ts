import type { SeriesView } from '../contracts/views.ts'
import { type MetricsQuery, queryMetrics } from './query-metrics.ts'

/** One curve of one run, as `queryMetrics`; without points where the run has not logged the key (yet). */
export async function readSeries(
  runId: string,
  key: string,
  options: Pick<MetricsQuery, 'maxPoints' | 'from' | 'to'> = {},
): Promise<SeriesView> {
  const [series] = await queryMetrics({ ...options, runs: [runId], keys: [key] })
  return series ?? { run_id: runId, key, total: 0, nan_count: 0, points: [] }
}
