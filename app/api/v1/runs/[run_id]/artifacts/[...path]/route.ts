import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { serveArtifact } from '@/app/lib/server/serve-artifact.ts'
import { getArtifactByName } from '@/core/runs/artifacts.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.artifactByPath, async ({ request, params }) =>
    serveArtifact(request, await getArtifactByName(params.run_id, params.path.join('/'))),
  ),
})
