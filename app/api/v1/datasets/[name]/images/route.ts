import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listImages } from '@/core/datasets/list-images.ts'
import { resolveDatasetVersion } from '@/core/datasets/resolve-dataset-version.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.images, async ({ params, query: { split, ...options } }) => {
    const version = await resolveDatasetVersion(params.name)
    return listImages(version.id, { ...options, splitId: split })
  }),
})
