import type { RunParameters } from '../../core/contracts/run-parameters.ts'
import { between } from './random-for.ts'

export type Augmentation = RunParameters['augmentation']

/**
 * Where a patch's pixels come from: the centre of output pixel (x, y), measured from the patch's middle, lies at
 * `centre + matrix * (x, y)` of the source (row-major, x first).
 */
export interface PatchMap {
  matrix: readonly [number, number, number, number]
  centreX: number
  centreY: number
}

/**
 * Where in its source a patch lies: in the middle (whole resized images), anywhere (crops), or over a point, which then
 * falls into the middle half of the patch where the source's edge allows it.
 */
export type Place = 'middle' | 'anywhere' | { x: number; y: number }

interface Ranges {
  flip: boolean
  /** Largest enlargement; its reciprocal is the smallest. */
  scale: number
  /** Largest turn besides right angles, in radians. */
  tilt: number
  rightAngles: boolean
}

const RANGES: Record<Augmentation, Ranges> = {
  none: { flip: false, scale: 1, tilt: 0, rightAngles: false },
  flip: { flip: true, scale: 1, tilt: 0, rightAngles: false },
  standard: { flip: true, scale: 1.25, tilt: 0, rightAngles: true },
  strong: { flip: true, scale: 1.7, tilt: Math.PI / 4, rightAngles: true },
}

/** How often `strong` turns by an odd angle: interpolation blurs, so not always. */
const TILT_SHARE = 0.3

/** Furthest from a patch's middle that the point lies which it is laid over, as a share of its side. */
const JITTER = 0.25

/** A patch of `size` pixels a side from a source. */
export function drawPatchMap(
  augmentation: Augmentation,
  random: () => number,
  source: { width: number; height: number },
  size: number,
  place: Place,
): PatchMap {
  const { flip, scale: most, tilt, rightAngles } = RANGES[augmentation]
  const enlarged = most === 1 ? 1 : Math.exp(between(random, -Math.log(most), Math.log(most)))
  const step = 1 / enlarged
  const mirror = flip && random() < 0.5 ? -1 : 1
  const upsideDown = flip && random() < 0.5 ? -1 : 1
  let angle = rightAngles ? (Math.floor(random() * 4) * Math.PI) / 2 : 0
  if (tilt > 0 && random() < TILT_SHARE) angle += between(random, -tilt, tilt)
  const cos = Math.cos(angle) * step
  const sin = Math.sin(angle) * step
  const reach = size * step
  return {
    matrix: [cos * mirror, -sin * upsideDown, sin * mirror, cos * upsideDown],
    centreX: centre(source.width, reach, typeof place === 'object' ? place.x : place, random),
    centreY: centre(source.height, reach, typeof place === 'object' ? place.y : place, random),
  }
}

/** Mirror images of a patch: as it is, left to right, upside down, both. */
export const MIRRORS = 4

/** How many views of a whole image an augmentation can draw; undefined where there is no end of them. */
export function viewCount(augmentation: Augmentation): number | undefined {
  const { flip, scale, tilt, rightAngles } = RANGES[augmentation]
  if (scale !== 1 || tilt !== 0 || rightAngles) return undefined
  return flip ? MIRRORS : 1
}

/** The map of a whole square image's view: what `drawPatchMap` draws where `viewCount` has an end. @param view from 0 */
export function viewMap(view: number, size: number): PatchMap {
  return { matrix: [view & 1 ? -1 : 1, 0, 0, view & 2 ? -1 : 1], centreX: size / 2, centreY: size / 2 }
}

/** Which view a map is: see `viewMap`. */
export function viewOf({ matrix }: PatchMap): number {
  return (matrix[0] < 0 ? 1 : 0) + (matrix[3] < 0 ? 2 : 0)
}

/** The middle of a window of `reach` that lies within 0..length where it fits; whole pixels, so that an unscaled crop is exact. */
function centre(length: number, reach: number, place: 'middle' | 'anywhere' | number, random: () => number): number {
  if (place === 'middle' || length <= reach) return length / 2
  const room = length - reach
  const start =
    place === 'anywhere' ? random() * room : Math.min(room, Math.max(0, place - reach / 2 + between(random, -JITTER, JITTER) * reach))
  return Math.round(start) + reach / 2
}
