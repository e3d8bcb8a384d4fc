import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listArtifacts } from '@/core/runs/artifacts.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.artifacts, async ({ params, query }) => ({ artifacts: await listArtifacts(params.run_id, query) })),
})
