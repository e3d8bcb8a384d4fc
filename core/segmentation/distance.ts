import type { Mask } from './image.ts'

/**
 * Exact Euclidean distance, in pixels, of every pixel of the mask to the nearest pixel outside it; 0 outside. The world
 * beyond the image's edge is unknown, not background. A mask without any background is far from everything: every pixel
 * gets width + height.
 *
 * Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions" (2012): distances down each column, then the
 * lower envelope of parabolas along each row.
 */
export function distanceTransform(mask: Mask): Float32Array {
  const { width, height, data } = mask
  const far = width + height
  const column = new Float64Array(data.length)
  for (let x = 0; x < width; x++) {
    let distance = far
    for (let y = 0, i = x; y < height; y++, i += width) column[i] = distance = data[i] === 0 ? 0 : Math.min(far, distance + 1)
    distance = far
    for (let y = height - 1, i = y * width + x; y >= 0; y--, i -= width) {
      distance = data[i] === 0 ? 0 : Math.min(far, distance + 1)
      if (distance < column[i]!) column[i] = distance
    }
  }
  const out = new Float32Array(data.length)
  const hull = new Int32Array(width)
  const bounds = new Float64Array(width + 1)
  const squares = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = y * width
    let any = false
    for (let x = 0; x < width; x++) {
      squares[x] = column[row + x]! * column[row + x]!
      any ||= data[row + x] !== 0
    }
    if (!any) continue
    let k = 0
    hull[0] = 0
    bounds[0] = -Infinity
    bounds[1] = Infinity
    for (let q = 1; q < width; q++) {
      let crossing = meet(squares, q, hull[k]!)
      while (crossing <= bounds[k]!) crossing = meet(squares, q, hull[--k]!)
      hull[++k] = q
      bounds[k] = crossing
      bounds[k + 1] = Infinity
    }
    k = 0
    for (let x = 0; x < width; x++) {
      while (bounds[k + 1]! < x) k++
      if (data[row + x] === 0) continue
      const nearest = hull[k]!
      out[row + x] = Math.min(far, Math.sqrt((x - nearest) * (x - nearest) + squares[nearest]!))
    }
  }
  return out
}

/** Where the parabolas rooted at q and p cross. */
function meet(squares: Float64Array, q: number, p: number): number {
  return (squares[q]! + q * q - (squares[p]! + p * p)) / (2 * (q - p))
}
