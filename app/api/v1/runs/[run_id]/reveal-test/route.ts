import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { createJob } from '@/core/jobs/create-job.ts'
import { requireRun } from '@/core/runs/require-run.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(runEndpoints.revealTest, async ({ params, body, actor }) => {
    await requireRun(params.run_id)
    return createJob('reveal-test', { run_id: params.run_id, reason: body.reason }, actor)
  }),
})
