import type { LabelMap, ProbabilityMap } from '@/core/segmentation/image.ts'
import { probabilityFromBytes } from '@/core/segmentation/image.ts'
import { ApiError } from '@/app/lib/client-api.ts'
import { decodeLabels } from './layers.ts'
import { Lru } from './lru.ts'

/** Longest side of what is drawn: stored maps are no larger. */
export const MAP_SIZE = 512

const MEGABYTE = 1024 * 1024
/** A browser has six connections to one origin; one is the live stream's and one is left for what a person clicks. */
const CONNECTIONS = 4

const previews = new Lru<ImageBitmap>(160 * MEGABYTE)
const labels = new Lru<LabelMap>(64 * MEGABYTE)
const maps = new Lru<{ width: number; height: number; bytes: Uint8Array }>(96 * MEGABYTE)
const pending = new Map<string, Promise<unknown>>()

/** Requests made this close to each other are of one view: a page, a step of the slider. */
const BATCH_MS = 100

const waiting: { batch: number; start: () => void }[] = []
let busy = 0
let batch = 0
let lastAsked = -Infinity

/** Runs at most CONNECTIONS at once; of what waits the newest batch goes first (it is what a person looks at now), in its order. */
async function withConnection<T>(work: () => Promise<T>): Promise<T> {
  const now = performance.now()
  if (now - lastAsked > BATCH_MS) batch++
  lastAsked = now
  if (busy >= CONNECTIONS) {
    const mine = batch
    await new Promise<void>((start) => waiting.push({ batch: mine, start }))
  } else busy++
  try {
    return await work()
  } finally {
    const newest = Math.max(...waiting.map((one) => one.batch))
    const next = waiting.findIndex((one) => one.batch === newest)
    // The connection is handed on, so that nobody slips in between.
    if (next === -1) busy--
    else waiting.splice(next, 1)[0]?.start()
  }
}

/** One download for everyone who asks for the same thing meanwhile; a failure is not remembered. */
function once<T>(key: string, work: () => Promise<T>): Promise<T> {
  const known = pending.get(key) as Promise<T> | undefined
  if (known !== undefined) return known
  const promise = withConnection(work).finally(() => pending.delete(key))
  pending.set(key, promise)
  return promise
}

async function fetchFile(path: string): Promise<Response> {
  const response = await fetch(path)
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => null)
  const message =
    typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : `The server answered ${response.status}.`
  throw new ApiError('INTERNAL_ERROR', message, response.status)
}

async function bitmapOf(path: string): Promise<ImageBitmap> {
  const blob = await (await fetchFile(path)).blob()
  return createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
}

/** The image as people see it, its longest side at most `size`. */
export function loadPreview(imageId: string, size = MAP_SIZE): Promise<ImageBitmap> {
  const key = `${imageId}@${size}`
  const known = previews.get(key)
  if (known !== undefined) return Promise.resolve(known)
  return once(`preview:${key}`, async () => {
    const bitmap = await bitmapOf(`/api/v1/images/${imageId}/preview?size=${size}`)
    previews.set(key, bitmap, bitmap.width * bitmap.height * 4)
    return bitmap
  })
}

/** The truth's objects, its longest side at most `size`. */
export function loadLabels(imageId: string, size = MAP_SIZE): Promise<LabelMap> {
  const key = `${imageId}@${size}`
  const known = labels.get(key)
  if (known !== undefined) return Promise.resolve(known)
  return once(`labels:${key}`, async () => {
    const map = decodeLabels(await (await fetchFile(`/api/v1/images/${imageId}/labels?size=${size}`)).arrayBuffer())
    labels.set(key, map, map.data.byteLength)
    return map
  })
}

/** A stored 8-bit probability map, decoded. */
export async function loadProbability(artifactId: string): Promise<ProbabilityMap> {
  const known = maps.get(artifactId)
  const stored =
    known ??
    (await once(`map:${artifactId}`, async () => {
      const bitmap = await bitmapOf(`/api/v1/artifacts/${artifactId}`)
      const { width, height } = bitmap
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (context === null) throw new Error('This browser cannot draw: its canvas is switched off.')
      context.drawImage(bitmap, 0, 0)
      bitmap.close()
      const rgba = context.getImageData(0, 0, width, height).data
      const bytes = new Uint8Array(width * height)
      for (let i = 0; i < bytes.length; i++) bytes[i] = rgba[i * 4] ?? 0
      const decoded = { width, height, bytes }
      maps.set(artifactId, decoded, bytes.byteLength)
      return decoded
    }))
  return probabilityFromBytes(stored.bytes, stored.width, stored.height)
}

/** Fetches maps that will probably be wanted next, when nothing else is going on; failures do not matter. */
export function prefetchProbabilities(artifactIds: readonly string[]): () => void {
  let stopped = false
  const run = async (): Promise<void> => {
    for (const id of artifactIds) {
      if (stopped) return
      while (busy > 1 && !stopped) await new Promise((resolve) => setTimeout(resolve, 50))
      if (!stopped && maps.get(id) === undefined) await loadProbability(id).catch(() => undefined)
    }
  }
  const timer = setTimeout(() => void run(), 250)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
