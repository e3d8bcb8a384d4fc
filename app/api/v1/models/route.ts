import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listModels } from '@/model-registry/list-models.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(modelEndpoints.list, async () => ({ models: await listModels() })),
})
