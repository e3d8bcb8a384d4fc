import sharp from 'sharp'
import { AppError } from '../errors.ts'
import { displayPixels } from './preview.ts'
import { readImage } from './read-image.ts'

/** More is no image that a person looks at before predicting it. */
export const MOST_PREVIEW_BYTES = 256 * 1024 * 1024
/** Decoded in the web process: less than what a trainer's child may take. */
const MOST_PIXELS = 40_000_000

/**
 * A person's own image for display, as `previewImage` shows one of a dataset: browsers draw neither TIFF nor 16 bits.
 * Nothing is kept.
 * @param size longest side of the answer, pixels
 * @param channel of an image of many channels: which one, from 0
 * @throws AppError INVALID_DATASET with the file's name for what cannot be decoded
 */
export async function previewUpload(bytes: Uint8Array, name: string, size: number, channel?: number): Promise<Buffer> {
  if (bytes.byteLength === 0) throw new AppError('BAD_REQUEST', `${name} is empty: send one image.`)
  const raster = await readImage(bytes, name, { maxPixels: MOST_PIXELS, ...(channel === undefined ? {} : { channel }) })
  const { width, height, data } = displayPixels(raster, size)
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 90, effort: 2 })
    .toBuffer()
}
