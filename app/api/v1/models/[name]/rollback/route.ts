import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { rollback } from '@/model-registry/rollback.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(modelEndpoints.rollback, ({ params, body: { expected_version, ...body }, actor }) =>
    rollback({ name: params.name, ...body, actor, ...(expected_version === undefined ? {} : { expectedVersion: expected_version }) }),
  ),
})
