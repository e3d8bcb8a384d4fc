import { createDataset } from '@/app/lib/server/create-dataset.ts'
import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listDatasets } from '@/core/datasets/get-dataset.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.list, async () => ({ datasets: await listDatasets() })),
  POST: route(datasetEndpoints.create, ({ request, actor }) => createDataset(request, actor)),
})
