import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getHistory } from '@/model-registry/history.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(modelEndpoints.history, async ({ params }) => ({ events: await getHistory(params.name) })),
})
