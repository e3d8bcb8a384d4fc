import { datasetEndpoints } from '@/app/lib/server/endpoints/datasets.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { MOST_PREVIEW_BYTES, previewUpload } from '@/core/datasets/preview-upload.ts'
import { AppError } from '@/core/errors.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(datasetEndpoints.previewUpload, async ({ request, query }) => {
    const bytes = await previewUpload(await bodyOf(request), query.name ?? 'the image', query.size ?? 1024, query.channel)
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'image/webp', 'cache-control': 'no-store' } })
  }),
})

/** The body, cut off as soon as it is too large, whatever its announced length. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (request.body !== null) {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > MOST_PREVIEW_BYTES)
        throw new AppError('PAYLOAD_TOO_LARGE', `The image is larger than ${MOST_PREVIEW_BYTES / 1024 / 1024} MB. Cut it into fields.`)
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks)
}
