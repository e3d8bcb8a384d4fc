import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { setStratum } from '@/core/datasets/set-stratum.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(datasetEndpoints.setStratum, ({ body }) => setStratum(body.image_ids, body.stratum)),
})
