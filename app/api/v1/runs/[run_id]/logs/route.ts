import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { readLogs } from '@/core/runs/logs.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.logs, ({ params, query }) => readLogs(params.run_id, query)),
})
