import sharp from 'sharp'
import { AppError } from '../errors.ts'
import type { LabelMap, Mask, Raster } from '../segmentation/image.ts'
import { maxLabel, relabel } from '../segmentation/labels.ts'
import { decodeGreyPng } from './grey-png.ts'
import { MAX_PIXELS, readImage } from './read-image.ts'

/**
 * Reads a label image: an integer a pixel, 0 is background. 8, 16 and 32 bit, and floating point that holds whole numbers.
 * @throws AppError INVALID_DATASET: not decodable, coloured, or not whole numbers
 */
export async function readLabels(source: Uint8Array | string, name: string): Promise<LabelMap> {
  return rasterToLabels(await readImage(source, name), name)
}

/** See `readLabels`. */
export function rasterToLabels(raster: Raster, name: string): LabelMap {
  const { width, height, channels } = raster
  const samples = raster.data
  const pixels = width * height
  const grey = channels === 1 ? samples : greyOf(raster, name)
  if (grey instanceof Uint16Array) return { width, height, data: grey }
  if (grey instanceof Uint8Array) return { width, height, data: Uint16Array.from(grey) }
  const data = new Uint32Array(pixels)
  for (let i = 0; i < pixels; i++) {
    const value = grey[i]!
    if (!Number.isInteger(value) || value < 0 || value > 16_777_216) {
      throw new AppError(
        'INVALID_DATASET',
        `${name} holds ${value}, which is no label: a label image has one whole number from 0 for each object.`,
      )
    }
    data[i] = value
  }
  return { width, height, data }
}

function greyOf(raster: Raster, name: string): Raster['data'] {
  const { channels, data } = raster
  const pixels = raster.width * raster.height
  const grey = data.slice(0, pixels)
  for (let p = 0, i = 0; p < pixels; p++, i += channels) {
    if (channels >= 3 && (data[i] !== data[i + 1] || data[i] !== data[i + 2])) {
      throw new AppError(
        'INVALID_DATASET',
        `${name} is coloured: a label image has one channel with a whole number for each object. Export the labels, not the picture of them.`,
      )
    }
    grey[p] = data[i]!
  }
  return grey
}

/** A mask, and between which rows it lies: firstRow to endRow, exclusive. */
export interface RowMask extends Mask {
  firstRow: number
  endRow: number
}

/** Reads a yes-or-no mask: more than half of the file's own maximum is yes, so that 0 and 1 work as well as 0 and 255. */
export async function readMask(bytes: Uint8Array, name: string): Promise<RowMask> {
  const grey = decodeGreyPng(bytes, MAX_PIXELS)
  if (grey !== undefined) {
    const { width, height, data, firstRow, endRow } = grey
    binarise(data.subarray(firstRow * width, endRow * width))
    return { width, height, data, firstRow, endRow }
  }
  const raster = await readImage(bytes, name)
  return { ...toMask(raster), firstRow: 0, endRow: raster.height }
}

function binarise(data: Uint8Array): void {
  let most = 0
  for (let i = 0; i < data.length; i++) if (data[i]! > most) most = data[i]!
  const half = most / 2
  for (let i = 0; i < data.length; i++) data[i] = data[i]! > half ? 1 : 0
}

/** See `readMask`; of several channels the first counts. */
export function toMask({ width, height, channels, data }: Raster): Mask {
  const pixels = width * height
  let most = 0
  for (let p = 0, i = 0; p < pixels; p++, i += channels) if (data[i]! > most) most = data[i]!
  const mask = new Uint8Array(pixels)
  if (most > 0) for (let p = 0, i = 0; p < pixels; p++, i += channels) mask[p] = data[i]! > most / 2 ? 1 : 0
  return { width, height, data: mask }
}

/**
 * The labels as a 16-bit grey PNG, numbered 1..n.
 * @throws AppError INVALID_DATASET for more than 65,535 objects
 */
export async function writeLabels(labels: LabelMap): Promise<Buffer> {
  let data = labels.data
  if (maxLabel(labels) > 65535) {
    const fresh = relabel(labels)
    if (fresh.count > 65535)
      throw new AppError('INVALID_DATASET', `An image with ${fresh.count} objects: at most 65,535 fit into one 16-bit label image.`)
    data = fresh.labels.data
  }
  const wide = data instanceof Uint16Array ? data : Uint16Array.from(data)
  return sharp(wide, { raw: { width: labels.width, height: labels.height, channels: 1 } })
    .toColourspace('grey16')
    .png({ compressionLevel: 6 })
    .toBuffer()
}
