import { AppError } from '../errors.ts'

/** Samples of an image: 8 bit, 16 bit or floating point. */
export type Samples = Uint8Array | Uint16Array | Float32Array

/**
 * An image in memory. `data` is row by row, channels interleaved: the sample of pixel (x, y), channel c is at
 * `(y * width + x) * channels + c`. Channels are 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
 */
export interface Raster {
  width: number
  height: number
  channels: number
  data: Samples
}

/** One integer a pixel, row by row: 0 is background, every other value is one object. */
export interface LabelMap {
  width: number
  height: number
  data: Uint16Array | Uint32Array
}

/** One value in 0..1 a pixel, row by row. */
export interface ProbabilityMap {
  width: number
  height: number
  data: Float32Array
}

/** A yes or no a pixel, row by row: 0 or 1. */
export interface Mask {
  width: number
  height: number
  data: Uint8Array
}

/** The probability map that an 8-bit PNG holds: 0..255 means 0..1. */
export function probabilityFromBytes(bytes: Uint8Array | Uint8ClampedArray, width: number, height: number): ProbabilityMap {
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = bytes[i]! / 255
  return { width, height, data }
}

/** 0..1 to 0..255, rounded: what is stored as an 8-bit PNG. */
export function probabilityToBytes(map: ProbabilityMap): Uint8Array {
  const bytes = new Uint8Array(map.data.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.max(0, Math.min(255, Math.round(map.data[i]! * 255)))
  return bytes
}

/** Pixels whose probability is at least `threshold`. */
export function thresholdMask(map: ProbabilityMap, threshold: number): Mask {
  const data = new Uint8Array(map.data.length)
  for (let i = 0; i < data.length; i++) data[i] = map.data[i]! >= threshold ? 1 : 0
  return { width: map.width, height: map.height, data }
}

/** Every pixel that belongs to an object. */
export function labelsToMask(labels: LabelMap): Mask {
  const data = new Uint8Array(labels.data.length)
  for (let i = 0; i < data.length; i++) data[i] = labels.data[i] === 0 ? 0 : 1
  return { width: labels.width, height: labels.height, data }
}

/** @throws AppError BAD_REQUEST when two maps that must lie on each other do not have the same size. */
export function requireSameSize(a: { width: number; height: number }, b: { width: number; height: number }, what: string): void {
  if (a.width !== b.width || a.height !== b.height) {
    throw new AppError('BAD_REQUEST', `${what}: sizes differ, ${a.width}x${a.height} and ${b.width}x${b.height}.`)
  }
}

/** @throws AppError BAD_REQUEST when a map does not hold one value a pixel. */
export function requireLength(data: ArrayLike<number>, width: number, height: number, what: string): void {
  if (data.length !== width * height) {
    throw new AppError('BAD_REQUEST', `${what}: ${data.length} values for ${width}x${height} pixels.`)
  }
}
