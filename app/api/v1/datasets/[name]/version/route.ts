import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getDatasetVersion } from '@/core/datasets/get-dataset.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.version, ({ params }) => getDatasetVersion(params.name)),
})
