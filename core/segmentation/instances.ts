import type { Postprocess } from '../contracts/model-spec.ts'
import { connectedComponents } from './components.ts'
import { distanceTransform } from './distance.ts'
import type { LabelMap, Mask } from './image.ts'
import { requireLength, thresholdMask } from './image.ts'
import { dropSmall, relabel } from './labels.ts'
import { watershed } from './watershed.ts'

/**
 * A centre survives when the distance map rises above the pass to the next higher centre by this share of its own
 * height (and half a pixel): relative, so that a large ragged nucleus is not cut and two small touching ones are.
 */
const LEAST_RISE = 0.15
const LEAST_RISE_PIXELS = 0.5

/**
 * Objects of a prediction.
 *
 * The centres are maxima of the distance to the background, so that touching nuclei are cut at their waists; with a
 * border class the distance is to background or border, so that they also are cut where the network saw a contact, and
 * what the border leaves of each is grown back over it. A piece of foreground without a centre is an object of its own.
 *
 * @param foreground probability of inside or border, i.e. 1 - P(background); width x height, row by row
 * @param border probability of the border class, same size
 * @returns labels 1..n at the size of `foreground`
 */
export function probabilityToInstances(
  foreground: Float32Array,
  width: number,
  height: number,
  settings: Postprocess,
  border?: Float32Array,
): LabelMap {
  requireLength(foreground, width, height, 'Foreground probability')
  const mask = thresholdMask({ width, height, data: foreground }, settings.threshold)
  if (border === undefined) return maskToInstances(mask, settings)
  requireLength(border, width, height, 'Border probability')
  const core = new Uint8Array(mask.data.length)
  for (let i = 0; i < core.length; i++) core[i] = mask.data[i] === 1 && foreground[i]! - border[i]! >= settings.threshold ? 1 : 0
  return fromCores(mask, { width, height, data: core }, settings)
}

/** Objects of a yes-or-no map: touching ones are cut at their waists. See `probabilityToInstances`. */
export function maskToInstances(mask: Mask, settings: Postprocess): LabelMap {
  return fromCores(mask, mask, settings)
}

/** @param cores part of the mask, in which the centres are sought */
function fromCores(mask: Mask, cores: Mask, settings: Postprocess): LabelMap {
  const distance = distanceTransform(cores)
  const seeds = distanceSeeds(cores, distance, settings.seed_distance)
  for (let i = 0; i < distance.length; i++) distance[i] = -distance[i]!
  const labels = watershed(distance, cores === mask ? seeds : withOrphans(mask, seeds), mask)
  return relabel(dropSmall(labels, settings.min_area)).labels
}

/** Adds a seed for every connected piece of the mask that has none. */
function withOrphans(mask: Mask, seeds: LabelMap): LabelMap {
  const { labels: pieces, count } = connectedComponents(mask)
  const seeded = new Uint8Array(count + 1)
  let next = 0
  for (let i = 0; i < seeds.data.length; i++) {
    const seed = seeds.data[i]!
    if (seed === 0) continue
    seeded[pieces.data[i]!] = 1
    if (seed > next) next = seed
  }
  const label = new Uint32Array(count + 1)
  for (let piece = 1; piece <= count; piece++) if (seeded[piece] === 0) label[piece] = ++next
  const data = Uint32Array.from(seeds.data)
  for (let i = 0; i < data.length; i++) {
    const piece = pieces.data[i]!
    if (piece !== 0 && seeded[piece] === 0) data[i] = label[piece]!
  }
  return { width: seeds.width, height: seeds.height, data }
}

/**
 * One seed pixel for every centre. The mask is flooded from its summits down; where two basins meet, the lower summit is
 * given up when it hardly rises above the pass or lies within `seedDistance` of the other.
 */
function distanceSeeds(mask: Mask, distance: Float32Array, seedDistance: number): LabelMap {
  const { width, height, data } = mask
  const order = byFallingDistance(data, distance)
  const basin = new Int32Array(data.length).fill(-1)
  const summit: number[] = []
  const parent: number[] = []
  const find = (at: number): number => {
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!
    return at
  }
  const near = seedDistance * seedDistance
  const meet = (a: number, b: number, level: number): void => {
    const x = find(a)
    const y = find(b)
    if (x === y) return
    const [high, low] = distance[summit[x]!]! >= distance[summit[y]!]! ? [x, y] : [y, x]
    const top = distance[summit[low]!]!
    const dx = (summit[x]! % width) - (summit[y]! % width)
    const dy = Math.floor(summit[x]! / width) - Math.floor(summit[y]! / width)
    if (top - level < Math.max(LEAST_RISE_PIXELS, LEAST_RISE * top) || dx * dx + dy * dy < near) parent[low] = high
  }
  for (const pixel of order) {
    const x = pixel % width
    const y = (pixel - x) / width
    let own = -1
    let steepest = -1
    for (let dy = -1; dy <= 1; dy++) {
      if (y + dy < 0 || y + dy >= height) continue
      for (let dx = -1; dx <= 1; dx++) {
        if (x + dx < 0 || x + dx >= width) continue
        const to = pixel + dy * width + dx
        if (basin[to] !== -1 && distance[to]! > steepest) {
          steepest = distance[to]!
          own = basin[to]!
        }
      }
    }
    if (own === -1) {
      own = parent.push(parent.length) - 1
      summit.push(pixel)
    }
    basin[pixel] = own
    for (let dy = -1; dy <= 1; dy++) {
      if (y + dy < 0 || y + dy >= height) continue
      for (let dx = -1; dx <= 1; dx++) {
        if (x + dx < 0 || x + dx >= width) continue
        const other = basin[pixel + dy * width + dx]!
        if (other !== -1 && other !== own) meet(own, other, distance[pixel]!)
      }
    }
  }
  const seeds = new Uint32Array(data.length)
  let next = 0
  for (let at = 0; at < parent.length; at++) if (parent[at] === at) seeds[summit[at]!] = ++next
  return { width, height, data: seeds }
}

/** Pixels of the mask from the greatest distance to the least, in steps of 1/32 pixel; equal ones in reading order. */
function byFallingDistance(inside: Uint8Array, distance: Float32Array): Int32Array {
  let most = 0
  let total = 0
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0) continue
    total++
    if (distance[i]! > most) most = distance[i]!
  }
  const steps = Math.max(1, Math.ceil(most * 32))
  const level = (i: number): number => steps - Math.floor(distance[i]! * 32)
  const starts = new Int32Array(steps + 2)
  for (let i = 0; i < inside.length; i++) if (inside[i] !== 0) starts[level(i) + 1]!++
  for (let step = 1; step < starts.length; step++) starts[step]! += starts[step - 1]!
  const order = new Int32Array(total)
  for (let i = 0; i < inside.length; i++) if (inside[i] !== 0) order[starts[level(i)]!++] = i
  return order
}
