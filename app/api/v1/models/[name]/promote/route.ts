import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { promote } from '@/model-registry/promote.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(modelEndpoints.promote, ({ params, body: { expected_version, ...body }, actor }) =>
    promote({ name: params.name, ...body, actor, ...(expected_version === undefined ? {} : { expectedVersion: expected_version }) }),
  ),
})
