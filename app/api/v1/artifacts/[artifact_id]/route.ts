import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { serveArtifact } from '@/app/lib/server/serve-artifact.ts'
import { getArtifact } from '@/core/runs/artifacts.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.artifact, async ({ request, params }) => serveArtifact(request, await getArtifact(params.artifact_id))),
})
