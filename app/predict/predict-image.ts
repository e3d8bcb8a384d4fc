import { ApiError } from '@/app/lib/client-api.ts'
import type { PredictionView } from '@/core/contracts/views.ts'

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
  const body: unknown = await response.json().catch(() => null)
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  throw new ApiError(
    String(said.error_code ?? 'INTERNAL_ERROR'),
    String(said.message ?? `The server answered ${response.status}.`),
    response.status,
  )
}

export function predictPath(model: string, which: Which, format: Format): string {
  return `/api/v1/models/${encodeURIComponent(model)}/predict?${new URLSearchParams({ ...which, format })}`
}

/** @throws ApiError with the server's own message */
export async function predictImage(model: string, which: Which, image: Blob, signal: AbortSignal): Promise<PredictionView> {
  return (await (await send(predictPath(model, which, 'json'), image, signal)).json()) as PredictionView
}

/** The same prediction as a file. */
export async function predictFile(model: string, which: Which, image: Blob, format: Format): Promise<Blob> {
  return (await send(predictPath(model, which, format), image)).blob()
}

/** The image as it can be drawn, whatever its kind. */
export async function previewOf(image: Blob, name: string, signal: AbortSignal): Promise<ImageBitmap> {
  const query = new URLSearchParams({ size: '1536', name: name.slice(0, 300) })
  return createImageBitmap(await (await send(`/api/v1/images/preview?${query}`, image, signal)).blob())
}
