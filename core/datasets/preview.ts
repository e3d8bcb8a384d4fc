import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { AppError } from '../errors.ts'
import { isColour } from '../segmentation/colour.ts'
import type { LabelMap, Raster } from '../segmentation/image.ts'
import { stretchOf } from '../segmentation/normalise.ts'
import { fitWithin, resizeLabels, resizeSmooth } from '../segmentation/resize.ts'
import { getImageRow, loadImage, loadLabels } from './image-row.ts'

export interface Preview {
  bytes: Buffer
  contentType: 'image/webp'
  /** Content never changes for an id and size: may be cached for ever. */
  etag: string
  width: number
  height: number
}

const LARGEST = 2048
// A page of the mask lab asks for the same few dozen previews again and again.
const CACHED = 128
const cache = new Map<string, Preview>()

/**
 * An image for display: 8 bit, longest side at most `size`, never enlarged. Grey and 16-bit images are stretched over the
 * range that the network sees; coloured 8-bit images are shown as they are.
 * @throws AppError RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE
 */
export async function previewImage(imageId: string, size: number): Promise<Preview> {
  const limit = checkSize(size)
  const key = `${imageId}/${limit}`
  const there = cache.get(key)
  if (there !== undefined) {
    cache.delete(key)
    cache.set(key, there)
    return there
  }
  const row = await getImageRow(imageId)
  const { width, height, data } = displayPixels(await loadImage(row), limit)
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 90, effort: 2 })
    .toBuffer()
  const preview: Preview = { bytes, contentType: 'image/webp', etag: etagOf(row.imageKey, limit), width, height }
  cache.set(key, preview)
  const oldest = cache.keys().next()
  if (cache.size > CACHED && oldest.done !== true) cache.delete(oldest.value)
  return preview
}

/** @returns height x width x 3, 0..255 */
export function displayPixels(raster: Raster, limit: number): { width: number; height: number; data: Uint8Array } {
  const { width, height } = fitWithin(raster.width, raster.height, limit)
  const { channels } = raster
  const small = resizeSmooth(raster.data, raster.width, raster.height, channels, width, height)
  const asItIs = raster.data instanceof Uint8Array && isColour(raster)
  const { low, high } = asItIs ? { low: 0, high: 255 } : stretchOf(raster)
  const scale = 255 / (high - low)
  const data = new Uint8Array(width * height * 3)
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++)
      data[p * 3 + c] = Math.max(0, Math.min(255, Math.round((small[p * channels + (channels >= 3 ? c : 0)]! - low) * scale)))
  }
  return { width, height, data }
}

/** The truth with the geometry of `previewImage` of the same size: each pixel has the label under its centre. */
export async function labelMapAt(imageId: string, size: number): Promise<LabelMap & { data: Uint16Array; etag: string }> {
  const limit = checkSize(size)
  const row = await getImageRow(imageId)
  const labels = await loadLabels(row)
  const { width, height } = fitWithin(labels.width, labels.height, limit)
  const scaled = resizeLabels(labels, width, height)
  return { width, height, data: Uint16Array.from(scaled.data), etag: etagOf(row.labelKey, limit) }
}

function checkSize(size: number): number {
  if (!Number.isInteger(size) || size < 16 || size > LARGEST)
    throw new AppError('INVALID_PARAMETER_VALUE', `size is ${size}: give a whole number of pixels from 16 to ${LARGEST}.`)
  return size
}

function etagOf(key: string, size: number): string {
  return `"${createHash('sha256').update(`${key}@${size}`).digest('hex').slice(0, 32)}"`
}
