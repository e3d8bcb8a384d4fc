import type { LabelMap, Mask } from './image.ts'
import { requireSameSize } from './image.ts'

const LEVELS = 1024

/**
 * Seeded watershed by priority flood: labels grow from the seeds over the mask, lowest `height` first, each pixel taking
 * the label that reaches it first. Pixels of equal height are taken in the order they were reached, so that labels meet
 * half-way on a plateau.
 *
 * Heights are sorted into 1,024 levels between their extremes within the mask.
 *
 * @param heights one value a pixel, width x height
 * @param seeds labels to start from; a label may have many pixels, connected or not
 * @returns seeds grown over every pixel of the mask that is 4-connected to one; 0 elsewhere
 */
export function watershed(heights: Float32Array, seeds: LabelMap, mask: Mask): LabelMap {
  requireSameSize(seeds, mask, 'Watershed seeds and mask')
  const { width, height } = mask
  const inside = mask.data
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0) continue
    const value = heights[i]!
    if (value < least) least = value
    if (value > most) most = value
  }
  const labels = seeds.data.slice()
  const scale = most > least ? (LEVELS - 1) / (most - least) : 0
  // One first-in first-out list a level, linked through `next`; every pixel is in a list at most once.
  const head = new Int32Array(LEVELS).fill(-1)
  const tail = new Int32Array(LEVELS).fill(-1)
  const next = new Int32Array(inside.length)
  const push = (pixel: number, level: number): void => {
    next[pixel] = -1
    if (head[level] === -1) head[level] = pixel
    else next[tail[level]!] = pixel
    tail[level] = pixel
  }
  for (let i = 0; i < inside.length; i++) {
    if (labels[i] === 0) continue
    if (inside[i] === 0) labels[i] = 0
    else push(i, Math.floor((heights[i]! - least) * scale))
  }
  const lastRow = (height - 1) * width
  for (let level = 0; level < LEVELS; level++) {
    for (let pixel = head[level]!; pixel !== -1; pixel = next[pixel]!) {
      const label = labels[pixel]!
      const x = pixel % width
      for (let side = 0; side < 4; side++) {
        let to: number
        if (side === 0 && x > 0) to = pixel - 1
        else if (side === 1 && x + 1 < width) to = pixel + 1
        else if (side === 2 && pixel >= width) to = pixel - width
        else if (side === 3 && pixel < lastRow) to = pixel + width
        else continue
        if (inside[to] === 0 || labels[to] !== 0) continue
        labels[to] = label
        push(to, Math.max(level, Math.floor((heights[to]! - least) * scale)))
      }
    }
  }
  return { width, height, data: labels }
}
