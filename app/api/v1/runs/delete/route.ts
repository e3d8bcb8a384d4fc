import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { createJob } from '@/core/jobs/create-job.ts'
import { deleteRuns } from '@/core/runs/delete-runs.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(runEndpoints.remove, async ({ body, actor }) => {
    await deleteRuns(body.run_ids, actor)
    if (body.purge) await createJob('delete-runs', { run_ids: body.run_ids }, actor)
    return { run_ids: body.run_ids }
  }),
})
