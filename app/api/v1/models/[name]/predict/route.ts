import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { predict } from '@/app/lib/server/predict.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(modelEndpoints.predict, ({ request, params, query }) => predict(request, params.name, query)),
})
