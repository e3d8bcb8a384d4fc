import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { deleteDataset } from '@/core/datasets/delete-dataset.ts'
import { getDataset } from '@/core/datasets/get-dataset.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.get, ({ params }) => getDataset(params.name)),
  DELETE: route(datasetEndpoints.remove, ({ params }) => deleteDataset(params.name)),
})
