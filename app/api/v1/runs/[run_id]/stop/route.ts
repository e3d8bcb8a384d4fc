import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { requestStop } from '@/core/runs/request.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(runEndpoints.stop, async ({ params, actor }) => ({ run_id: params.run_id, status: await requestStop(params.run_id, actor) })),
})
