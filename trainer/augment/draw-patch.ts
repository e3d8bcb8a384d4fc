import { reflect } from '../../core/segmentation/tiles.ts'
import type { Augmentation, PatchMap, Place } from './geometry.ts'
import { drawPatchMap, viewOf } from './geometry.ts'
import { addNoise, blur, drawIntensity } from './intensity.ts'

/** A training image in memory that threads share, normalised: 0..255 stand for -1..1. */
export interface Sample {
  id: string
  width: number
  height: number
  /** height x width x 3. */
  pixels: Uint8Array
  /** height x width. */
  labels: Uint16Array | Uint32Array
}

/** One patch, size x size. */
export interface Patch {
  /** size x size x 3, about -1..1. */
  image: Float32Array
  labels: Uint32Array
}

/**
 * Cuts a patch from a sample and augments it, all drawn from `random`.
 * @returns also which view of a whole image it is, where the augmentation has views
 */
export function drawPatch(
  sample: Sample,
  size: number,
  augmentation: Augmentation,
  place: Place,
  random: () => number,
): Patch & { view: number } {
  const map = drawPatchMap(augmentation, random, sample, size, place)
  const intensity = drawIntensity(augmentation, random)
  const patch = cutPatch(sample, size, map, intensity?.tables)
  if (intensity !== undefined) {
    if (intensity.blur) blur(patch.image, size)
    if (intensity.noise > 0) addNoise(patch.image, intensity.noise, random)
  }
  return { ...patch, view: viewOf(map) }
}

/**
 * Image bilinear, labels nearest; past the edge both are mirrored.
 * @param tables three tables of 256, what 0..255 become; undefined: -1..1
 */
export function cutPatch(sample: Sample, size: number, map: PatchMap, tables?: Float32Array): Patch {
  const { width, height, pixels } = sample
  const [a, b, c, d] = map.matrix
  const image = new Float32Array(size * size * 3)
  const labels = new Uint32Array(size * size)
  const half = (size - 1) / 2
  for (let y = 0, at = 0; y < size; y++) {
    // pixel centres: half a pixel off its corner, in the patch and in the source
    let sx = map.centreX - 0.5 + b * (y - half) - a * half
    let sy = map.centreY - 0.5 + d * (y - half) - c * half
    for (let x = 0; x < size; x++, at++, sx += a, sy += c) {
      const x0 = Math.floor(sx + 1e-6)
      const y0 = Math.floor(sy + 1e-6)
      let fx = sx - x0
      let fy = sy - y0
      if (fx < 1e-4) fx = 0
      if (fy < 1e-4) fy = 0
      const inside = x0 >= 0 && y0 >= 0 && x0 + 1 < width && y0 + 1 < height
      const left = inside ? x0 : reflect(x0, width)
      const right = inside ? x0 + 1 : reflect(x0 + 1, width)
      const top = (inside ? y0 : reflect(y0, height)) * width
      const bottom = (inside ? y0 + 1 : reflect(y0 + 1, height)) * width
      labels[at] = sample.labels[(fy < 0.5 ? top : bottom) + (fx < 0.5 ? left : right)]!
      const w00 = (1 - fx) * (1 - fy)
      const w10 = fx * (1 - fy)
      const w01 = (1 - fx) * fy
      const w11 = fx * fy
      for (let channel = 0; channel < 3; channel++) {
        const value =
          w00 * pixels[(top + left) * 3 + channel]! +
          w10 * pixels[(top + right) * 3 + channel]! +
          w01 * pixels[(bottom + left) * 3 + channel]! +
          w11 * pixels[(bottom + right) * 3 + channel]!
        image[at * 3 + channel] = tables === undefined ? value / 127.5 - 1 : tables[channel * 256 + Math.round(value)]!
      }
    }
  }
  return { image, labels }
}
