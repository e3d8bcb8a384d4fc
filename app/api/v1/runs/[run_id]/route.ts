import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getRun } from '@/core/runs/get-run.ts'
import { getTunedPostprocess } from '@/core/runs/tuned-postprocess.ts'
import { updateRun } from '@/core/runs/update-run.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.get, async ({ params }) => {
    const [run, tuned] = await Promise.all([getRun(params.run_id), getTunedPostprocess(params.run_id)])
    return { ...run, tuned }
  }),
  PATCH: route(runEndpoints.update, async ({ params, body }) => {
    await updateRun(params.run_id, body)
    return getRun(params.run_id)
  }),
})
