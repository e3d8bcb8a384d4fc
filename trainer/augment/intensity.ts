import { gaussian, seededRandom } from '../../core/segmentation/random.ts'
import type { Augmentation } from './geometry.ts'
import { between } from './random-for.ts'

/** What is done to a patch's values: a table for each channel, then noise and blur. Values 0..255 stand for -1..1. */
export interface Intensity {
  /** Three tables of 256. */
  tables: Float32Array
  /** Deviation of added noise, in units of -1..1. */
  noise: number
  blur: boolean
}

interface Ranges {
  gamma: number
  contrast: number
  brightness: number
  colour: number
  invert: number
  noise: number
  blur: number
}

const RANGES: Partial<Record<Augmentation, Ranges>> = {
  standard: { gamma: 1.25, contrast: 0.15, brightness: 0.08, colour: 0.04, invert: 0, noise: 0.03, blur: 0 },
  strong: { gamma: 1.6, contrast: 0.3, brightness: 0.15, colour: 0.1, invert: 0.1, noise: 0.08, blur: 0.15 },
}

const NOISE_LENGTH = 1 << 16
/** Drawn once: a logarithm and a cosine for every value of every patch would cost more than the training step's loss. */
const NOISE = noiseTable()

/** @returns undefined where values stay as they are */
export function drawIntensity(augmentation: Augmentation, random: () => number): Intensity | undefined {
  const ranges = RANGES[augmentation]
  if (ranges === undefined) return undefined
  const gamma = Math.exp(between(random, -Math.log(ranges.gamma), Math.log(ranges.gamma)))
  const contrast = 1 + between(random, -ranges.contrast, ranges.contrast)
  const brightness = between(random, -ranges.brightness, ranges.brightness)
  const invert = random() < ranges.invert
  const tables = new Float32Array(3 * 256)
  for (let channel = 0; channel < 3; channel++) {
    const gain = 1 + between(random, -ranges.colour, ranges.colour)
    const shift = between(random, -ranges.colour, ranges.colour) / 2
    for (let value = 0; value < 256; value++) {
      const from = invert ? 1 - value / 255 : value / 255
      const to = (from ** gamma - 0.5) * contrast * gain + 0.5 + brightness + shift
      tables[channel * 256 + value] = Math.min(1, Math.max(0, to)) * 2 - 1
    }
  }
  return { tables, noise: random() < 0.5 ? random() * ranges.noise : 0, blur: random() < ranges.blur }
}

/** Adds noise in place: a stretch of a fixed table of normal numbers, begun at random. */
export function addNoise(values: Float32Array, deviation: number, random: () => number): void {
  let at = Math.floor(random() * NOISE_LENGTH)
  for (let i = 0; i < values.length; i++) {
    values[i]! += deviation * NOISE[at]!
    // an odd stride that shares no factor with the length: all of it is used before it repeats
    at = (at + 7919) & (NOISE_LENGTH - 1)
  }
}

/** Binomial 3 x 3 blur in place, edges repeated. @param values size x size x 3 */
export function blur(values: Float32Array, size: number): void {
  const row = size * 3
  const before = values.slice()
  for (let y = 0; y < size; y++) {
    const up = y === 0 ? 0 : -row
    const down = y + 1 === size ? 0 : row
    for (let i = y * row; i < (y + 1) * row; i++) values[i] = (before[i + up]! + 2 * before[i]! + before[i + down]!) / 4
  }
  before.set(values)
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const left = x === 0 ? 0 : -3
      const right = x + 1 === size ? 0 : 3
      for (let c = 0; c < 3; c++, i++) values[i] = (before[i + left]! + 2 * before[i]! + before[i + right]!) / 4
    }
  }
}

function noiseTable(): Float32Array {
  const random = seededRandom(20180416)
  return Float32Array.from({ length: NOISE_LENGTH }, () => gaussian(random))
}
