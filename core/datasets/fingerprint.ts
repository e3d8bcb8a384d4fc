import type { Raster } from '../segmentation/image.ts'
import { percentilesOf } from '../segmentation/normalise.ts'
import { resizeSmooth } from '../segmentation/resize.ts'

/** One side of an image: its outermost line of grey values and the line behind it. */
export interface Edge {
  outer: Float32Array
  inner: Float32Array
}

/** What grouping needs to know of an image, small enough to be kept for every image of a dataset. */
export interface Fingerprint {
  width: number
  height: number
  left: Edge
  right: Edge
  top: Edge
  bottom: Edge
  /** 32 x 32 means of grey, mean 0 and length 1; all 0 for a flat image. */
  thumbnail: Float32Array
  /** Grey value at percentile 99.8: what 255 is for 8 bits. */
  bright: number
}

const THUMBNAIL = 32

/** Fingerprint of an image; grey is the mean of the colour channels. */
export function fingerprint(image: Raster): Fingerprint {
  const { width, height, channels, data } = image
  const colours = channels >= 3 ? 3 : 1
  const grey = new Float32Array(width * height)
  for (let p = 0, i = 0; p < grey.length; p++, i += channels) {
    let sum = data[i]!
    for (let c = 1; c < colours; c++) sum += data[i + c]!
    grey[p] = sum / colours
  }
  const row = (y: number): Float32Array => grey.slice(Math.max(0, y) * width, (Math.max(0, y) + 1) * width)
  const column = (x: number): Float32Array => Float32Array.from({ length: height }, (_, y) => grey[y * width + Math.max(0, x)]!)
  return {
    width,
    height,
    left: { outer: column(0), inner: column(Math.min(1, width - 1)) },
    right: { outer: column(width - 1), inner: column(width - 2) },
    top: { outer: row(0), inner: row(Math.min(1, height - 1)) },
    bottom: { outer: row(height - 1), inner: row(height - 2) },
    thumbnail: unit(resizeSmooth(grey, width, height, 1, THUMBNAIL, THUMBNAIL)),
    bright: data instanceof Uint8Array ? 255 : Math.max(1e-6, percentilesOf(image, [99.8])[0]!),
  }
}

function unit(values: Float32Array): Float32Array {
  let mean = 0
  for (const value of values) mean += value / values.length
  let length = 0
  for (const value of values) length += (value - mean) ** 2
  length = Math.sqrt(length)
  return values.map((value) => (length > 1e-6 ? (value - mean) / length : 0))
}
