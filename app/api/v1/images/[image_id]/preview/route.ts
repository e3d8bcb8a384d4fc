import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { immutable } from '@/app/lib/server/immutable.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { previewImage } from '@/core/datasets/preview.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.preview, async ({ request, params, query }) => {
    const { bytes, contentType, etag } = await previewImage(params.image_id, query.size ?? 512)
    return immutable(request, { bytes, contentType, etag })
  }),
})
