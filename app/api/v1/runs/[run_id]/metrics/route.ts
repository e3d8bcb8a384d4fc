import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { queryMetrics } from '@/core/metrics/query-metrics.ts'
import { requireRun } from '@/core/runs/require-run.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.metrics, async ({ params, query }) => {
    await requireRun(params.run_id)
    return {
      series: await queryMetrics({ runs: [params.run_id], keys: query.key, maxPoints: query.max_points, from: query.from, to: query.to }),
    }
  }),
})
