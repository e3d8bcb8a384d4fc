import { ApiError, refusal } from '@/app/lib/client-api.ts'
import type { PredictionView } from '@/core/contracts/views.ts'
import type { Chosen } from './outcome.ts'

export type Which = ({ alias: string } | { version: string }) & { /** Of a typical nucleus, pixels. */ diameter?: string }
export type Format = 'json' | 'labels' | 'geojson' | 'csv' | 'mask'

async function send(path: string, image: Blob, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: image,
      signal: signal ?? null,
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError('NETWORK', 'Karyon does not answer. Check that it is still running, then try again.', 0)
  }
  if (response.ok) return response
  throw refusal(await response.json().catch(() => null), response.status)
}

/** The channel of what was chosen, for a query. */
const channelOf = ({ channel }: Chosen): { channel?: string } => (channel === undefined ? {} : { channel: String(channel) })

function predictPath(model: string, which: Which, chosen: Chosen, format: Format): string {
  return `/api/v1/models/${encodeURIComponent(model)}/predict?${new URLSearchParams({ ...which, ...channelOf(chosen), format })}`
}

/** @throws ApiError with the server's own message */
export async function predictImage(model: string, which: Which, chosen: Chosen, signal: AbortSignal): Promise<PredictionView> {
  return (await (await send(predictPath(model, which, chosen, 'json'), chosen.image, signal)).json()) as PredictionView
}

/** The same prediction as a file. */
export async function predictFile(model: string, which: Which, chosen: Chosen, format: Format): Promise<Blob> {
  return (await send(predictPath(model, which, chosen, format), chosen.image)).blob()
}

/** The image as it can be drawn, whatever its kind. */
export async function previewOf(chosen: Chosen, signal: AbortSignal): Promise<ImageBitmap> {
  const query = new URLSearchParams({ size: '1536', name: chosen.name.slice(0, 300), ...channelOf(chosen) })
  return createImageBitmap(await (await send(`/api/v1/images/preview?${query}`, chosen.image, signal)).blob())
}
