import { modelEndpoints } from '@/app/lib/server/endpoints/models.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { reviewPromotion } from '@/model-registry/review.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(modelEndpoints.review, ({ query: { run, ...query } }) => reviewPromotion({ ...query, runId: run })),
})
