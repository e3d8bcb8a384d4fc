import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { queryMetrics } from '@/core/metrics/query-metrics.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(runEndpoints.queryMetrics, async ({ body }) => ({
    series: await queryMetrics({ runs: body.runs, keys: body.keys, maxPoints: body.max_points, from: body.from, to: body.to }),
  })),
})
