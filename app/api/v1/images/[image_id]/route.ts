import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getImage } from '@/core/datasets/list-images.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.image, ({ params }) => getImage(params.image_id)),
})
