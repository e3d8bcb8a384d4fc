import type { Raster, Samples } from './image.ts'

/**
 * How an image becomes network input; stored with every model, so that training, evaluation and serving agree for ever.
 * `low` and `high` are percentiles (0..100) of the whole image, all colour channels jointly. `minRange` is the smallest
 * distance between the two, as a share of the full scale: a field without nuclei is not stretched into noise.
 */
export interface NormaliseSpec {
  kind: 'percentile'
  low: number
  high: number
  minRange: number
  /** MobileNetV2's range. */
  output: '-1..1'
}

/** 0.04 of full scale is 10 grey levels of 8-bit data; the dimmest of the 664 Bowl images spans more. */
export const DEFAULT_NORMALISE: NormaliseSpec = { kind: 'percentile', low: 1, high: 99.8, minRange: 0.04, output: '-1..1' }

/** The two grey values that become -1 and 1. Never equal. */
export interface Stretch {
  low: number
  high: number
}

/**
 * Network input of an image.
 * @returns height x width x 3, in -1..1 (clipped). Grey is repeated in all three; alpha is dropped.
 */
export function normalise(image: Raster, spec: NormaliseSpec = DEFAULT_NORMALISE): Float32Array {
  const { low, high } = stretchOf(image, spec)
  const scale = 2 / (high - low)
  const { data, channels } = image
  const pixels = image.width * image.height
  const out = new Float32Array(pixels * 3)
  const second = channels >= 3 ? 1 : 0
  const third = channels >= 3 ? 2 : 0
  for (let p = 0, i = 0, o = 0; p < pixels; p++, i += channels, o += 3) {
    out[o] = clip((data[i]! - low) * scale - 1)
    out[o + 1] = clip((data[i + second]! - low) * scale - 1)
    out[o + 2] = clip((data[i + third]! - low) * scale - 1)
  }
  return out
}

/** The range that `normalise` stretches. Also what a display of 16-bit data uses. */
export function stretchOf(image: Raster, spec: NormaliseSpec = DEFAULT_NORMALISE): Stretch {
  let [low, high] = percentilesOf(image, [spec.low, spec.high]) as [number, number]
  const full = fullScale(image.data, high)
  const least = Math.max(spec.minRange * full, Number.MIN_VALUE)
  if (high - low < least) {
    // Widened so that a flat value keeps its place on the full scale: a flat dark field stays dark, a flat white one white.
    const place = Math.min(1, Math.max(0, (low + high) / 2 / full))
    const missing = least - (high - low)
    low -= missing * place
    high += missing * (1 - place)
  }
  return { low, high }
}

/**
 * Percentiles (0..100) over the colour channels jointly: the least sample value that at least that share of all samples
 * does not exceed. Exact for integer samples; floating-point samples are counted in 65,536 steps between their extremes.
 */
export function percentilesOf(image: Raster, percents: readonly number[]): number[] {
  const { data } = image
  if (data instanceof Float32Array) return floatPercentiles(image, data, percents)
  const counts = new Uint32Array(data instanceof Uint8Array ? 256 : 65536)
  const total = countSamples(image, (index) => counts[data[index]!]!++)
  return percents.map((percent) => fromHistogram(counts, total, percent))
}

function floatPercentiles(image: Raster, data: Float32Array, percents: readonly number[]): number[] {
  let least = Infinity
  let most = -Infinity
  countSamples(image, (index) => {
    const value = data[index]!
    if (value < least) least = value
    if (value > most) most = value
  })
  if (!(most > least)) return percents.map(() => (Number.isFinite(least) ? least : 0))
  const counts = new Uint32Array(65536)
  const scale = 65535 / (most - least)
  const total = countSamples(image, (index) => counts[Math.round((data[index]! - least) * scale)]!++)
  return percents.map((percent) => least + fromHistogram(counts, total, percent) / scale)
}

function countSamples(image: Raster, visit: (index: number) => void): number {
  const colour = image.channels >= 3 ? 3 : 1
  const length = image.width * image.height * image.channels
  let total = 0
  for (let i = 0; i < length; i += image.channels) {
    for (let c = 0; c < colour; c++) visit(i + c)
    total += colour
  }
  return total
}

function fromHistogram(counts: Uint32Array, total: number, percent: number): number {
  const wanted = Math.max(1, Math.ceil((percent / 100) * total))
  let seen = 0
  for (let value = 0; value < counts.length; value++) {
    seen += counts[value]!
    if (seen >= wanted) return value
  }
  return counts.length - 1
}

/**
 * The brightest value the samples could hold. Cameras of 10, 12 and 14 bits write into 16-bit files, so for those the
 * least of 1023, 4095, 16383, 65535 that the image's bright end fits in.
 */
function fullScale(data: Samples, bright: number): number {
  if (data instanceof Uint8Array) return 255
  const steps = data instanceof Uint16Array ? [1023, 4095, 16383, 65535] : [1, 255, 1023, 4095, 16383, 65535]
  return steps.find((step) => bright <= step) ?? bright
}

function clip(value: number): number {
  return value < -1 ? -1 : value > 1 ? 1 : value
}
