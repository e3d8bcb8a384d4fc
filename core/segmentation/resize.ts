import type { LabelMap, ProbabilityMap } from './image.ts'

/**
 * Resizing with the half-pixel convention: a pixel i covers [i, i+1) and its centre is i + 0.5, so the centre of output
 * pixel i lies at `(i + 0.5) * input / output` of the input. (TensorFlow: `halfPixelCenters`, `alignCorners: false`.)
 *
 * Enlarging is bilinear, edges repeated. Shrinking is the average over the area that an output pixel covers, which loses
 * no thin structure; the choice is made for each axis by itself.
 *
 * @param data height x width x channels
 * @returns newHeight x newWidth x channels
 */
export function resizeSmooth(
  data: ArrayLike<number>,
  width: number,
  height: number,
  channels: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  if (newWidth === width && newHeight === height) return Float32Array.from(data)
  const across = axisWeights(width, newWidth)
  const down = axisWeights(height, newHeight)
  const rows = new Float32Array(height * newWidth * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const first = across.first[x]!
      const taps = across.offsets[x + 1]! - across.offsets[x]!
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let k = 0; k < taps; k++) sum += data[(y * width + first + k) * channels + c]! * across.weights[across.offsets[x]! + k]!
        rows[(y * newWidth + x) * channels + c] = sum
      }
    }
  }
  const line = newWidth * channels
  const out = new Float32Array(newHeight * line)
  for (let y = 0; y < newHeight; y++) {
    const first = down.first[y]!
    const taps = down.offsets[y + 1]! - down.offsets[y]!
    for (let k = 0; k < taps; k++) {
      const weight = down.weights[down.offsets[y]! + k]!
      const from = (first + k) * line
      const to = y * line
      for (let i = 0; i < line; i++) out[to + i]! += rows[from + i]! * weight
    }
  }
  return out
}

/** A probability map at another size; see `resizeSmooth`. */
export function resizeProbability(map: ProbabilityMap, width: number, height: number): ProbabilityMap {
  if (map.width === width && map.height === height) return map
  return { width, height, data: resizeSmooth(map.data, map.width, map.height, 1, width, height) }
}

/** Labels at another size: each output pixel takes the input pixel under its centre. No label is invented. */
export function resizeLabels(labels: LabelMap, width: number, height: number): LabelMap {
  if (labels.width === width && labels.height === height) return labels
  const columns = nearestIndices(labels.width, width)
  const rows = nearestIndices(labels.height, height)
  const data = labels.data instanceof Uint16Array ? new Uint16Array(width * height) : new Uint32Array(width * height)
  for (let y = 0, o = 0; y < height; y++) {
    const row = rows[y]! * labels.width
    for (let x = 0; x < width; x++, o++) data[o] = labels.data[row + columns[x]!]!
  }
  return { width, height, data }
}

/** The input index under the centre of every output index. */
export function nearestIndices(input: number, output: number): Int32Array {
  return Int32Array.from({ length: output }, (_, i) => Math.min(input - 1, Math.floor(((i + 0.5) * input) / output)))
}

/** The size that fits `limit` on its longest side, proportions kept, never enlarged, at least 1 x 1. */
export function fitWithin(width: number, height: number, limit: number): { width: number; height: number } {
  const scale = Math.min(1, limit / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

interface AxisWeights {
  /** First input index of every output index. */
  first: Int32Array
  /** Where the weights of every output index begin; one longer than the output. */
  offsets: Int32Array
  weights: Float32Array
}

function axisWeights(input: number, output: number): AxisWeights {
  const scale = input / output
  const first = new Int32Array(output)
  const offsets = new Int32Array(output + 1)
  const weights: number[] = []
  for (let i = 0; i < output; i++) {
    if (scale > 1) {
      const from = i * scale
      const to = Math.min(input, (i + 1) * scale)
      first[i] = Math.floor(from)
      for (let k = Math.floor(from); k < to - 1e-9; k++) weights.push((Math.min(to, k + 1) - Math.max(from, k)) / (to - from))
    } else {
      const centre = Math.min(input - 1, Math.max(0, (i + 0.5) * scale - 0.5))
      const below = Math.min(Math.floor(centre), Math.max(0, input - 2))
      first[i] = below
      weights.push(1 - (centre - below))
      if (input > 1) weights.push(centre - below)
    }
    offsets[i + 1] = weights.length
  }
  return { first, offsets, weights: Float32Array.from(weights) }
}
