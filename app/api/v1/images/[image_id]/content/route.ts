import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { immutable } from '@/app/lib/server/immutable.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { artifactStore } from '@/core/artifacts/index.ts'
import { getImageRow } from '@/core/datasets/image-row.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.content, async ({ request, params }) => {
    const { imageKey } = await getImageRow(params.image_id)
    return immutable(request, {
      bytes: await artifactStore().get(imageKey),
      contentType: 'application/octet-stream',
      etag: `"${params.image_id}"`,
    })
  }),
})
