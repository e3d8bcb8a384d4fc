import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { registerVersion } from '@/model-registry/register-version.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(modelEndpoints.register, async ({ params, body, actor }) => {
    const { created: _created, ...version } = await registerVersion({ name: params.name, runId: body.run_id, actor, notes: body.notes })
    return version
  }),
})
