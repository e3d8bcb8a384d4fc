import { encodeLabels } from '@/app/lib/server/encode-labels.ts'
import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { immutable } from '@/app/lib/server/immutable.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { labelMapAt } from '@/core/datasets/preview.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(datasetEndpoints.labels, async ({ request, params, query }) => {
    const map = await labelMapAt(params.image_id, query.size ?? 512)
    return immutable(request, { bytes: encodeLabels(map), contentType: 'application/octet-stream', etag: map.etag })
  }),
})
