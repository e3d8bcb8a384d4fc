import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { restoreRuns } from '@/core/runs/delete-runs.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(runEndpoints.restore, async ({ body }) => {
    await restoreRuns(body.run_ids)
    return { run_ids: body.run_ids }
  }),
})
