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

/**
 * A patch of `size` pixels a side from a source.
 * @param roam whether the patch may lie anywhere in the source (crops) or stays in its middle (whole resized images)
 */
export function drawPatchMap(
  augmentation: Augmentation,
  random: () => number,
  source: { width: number; height: number },
  size: number,
  roam: boolean,
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
    centreX: centre(source.width, reach, roam, random),
    centreY: centre(source.height, reach, roam, random),
  }
}

/** The middle of a window of `reach` that lies within 0..length where it fits; whole pixels, so that an unscaled crop is exact. */
function centre(length: number, reach: number, roam: boolean, random: () => number): number {
  if (!roam || length <= reach) return length / 2
  return Math.round(random() * (length - reach)) + reach / 2
}
