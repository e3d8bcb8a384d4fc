import type { Edge, Fingerprint } from './fingerprint.ts'

/** Two images that belong to one field, and why. Indices into the list of images. */
export interface Link {
  a: number
  b: number
  why: 'continues' | 'near-duplicate' | 'user'
  /** 0..1: how well the edges or the pictures agree. */
  agreement: number
}

/**
 * Two edges continue each other when their values agree (Lin's concordance, which unlike a correlation also compares
 * brightness and contrast) and the step across the seam is about as large as a step within the images.
 *
 * Measured on the 664 Bowl images, whose tiles were cut from larger fields: 532 pairs pass, which makes 235 groups. The same test on edges that
 * cannot continue each other (left with left, top with top) lets about 15 in 330 through, before the true neighbours
 * take their places. Without the step, at the same concordance, it lets 100 through.
 */
const LEAST_CONCORDANCE = 0.5
const GREATEST_STEP = 4
/** Variance of a grey level of 256 that is noise or rounding, never evidence. */
const NOISE = 0.5
/** An edge whose variance is below this shows nothing that could be recognised. */
const FLAT = 1

/** Correlation of 32 x 32 thumbnails from which two images of one size show the same thing. */
const NEAR_DUPLICATE = 0.95

interface Side {
  values: Float32Array
  mean: number
  variance: number
  /** Mean squared difference to the line behind it. */
  step: number
}

interface Sides {
  left: Side
  right: Side
  top: Side
  bottom: Side
}

/** Every pair of images that should stay together: edge continuity and near-duplicates. */
export function findLinks(prints: readonly Fingerprint[]): Link[] {
  const bySize = new Map<string, number[]>()
  prints.forEach(({ width, height }, index) => {
    const key = `${width}x${height}`
    const list = bySize.get(key)
    if (list === undefined) bySize.set(key, [index])
    else list.push(index)
  })
  return [...bySize.values()].flatMap((indices) => {
    if (indices.length < 2) return []
    // One scale for all of them: neighbours must stay comparable.
    const scale = 255 / indices.reduce((most, index) => Math.max(most, prints[index]!.bright), 0)
    const sides = indices.map((index) => sidesOf(prints[index]!, scale))
    const named = (links: Link[]): Link[] => links.map((link) => ({ ...link, a: indices[link.a]!, b: indices[link.b]! }))
    return [
      ...named(
        continuations(
          sides.map((s) => s.right),
          sides.map((s) => s.left),
        ),
      ),
      ...named(
        continuations(
          sides.map((s) => s.bottom),
          sides.map((s) => s.top),
        ),
      ),
      ...named(nearDuplicates(indices.map((index) => prints[index]!.thumbnail))),
    ]
  })
}

function sidesOf(print: Fingerprint, scale: number): Sides {
  const side = ({ outer, inner }: Edge): Side => {
    const values = outer.map((value) => value * scale)
    let mean = 0
    for (const value of values) mean += value
    mean /= values.length
    let variance = 0
    let step = 0
    for (let i = 0; i < values.length; i++) {
      variance += (values[i]! - mean) ** 2
      step += (values[i]! - inner[i]! * scale) ** 2
    }
    return { values, mean, variance: variance / values.length, step: step / values.length }
  }
  return { left: side(print.left), right: side(print.right), top: side(print.top), bottom: side(print.bottom) }
}

/** Pairs (i, j) such that image j begins where image i ends: each is the other's best, beyond what chance gives. */
function continuations(ends: Side[], starts: Side[]): Link[] {
  const bestStart = new Int32Array(ends.length).fill(-1)
  const bestEnd = new Int32Array(ends.length).fill(-1)
  const endScore = new Float64Array(ends.length).fill(-1)
  const startScore = new Float64Array(ends.length).fill(-1)
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!
    if (end.variance < FLAT) continue
    for (let j = 0; j < starts.length; j++) {
      const start = starts[j]!
      if (i === j || start.variance < FLAT) continue
      const spread = end.variance + start.variance + (end.mean - start.mean) ** 2
      // The concordance of perfectly correlated edges: most pairs are decided by their means and variances alone.
      const bound = (2 * Math.sqrt(end.variance * start.variance)) / spread
      if (bound < LEAST_CONCORDANCE || (bound <= endScore[i]! && bound <= startScore[j]!)) continue
      const score = (2 * covariance(end, start)) / spread
      if (score > endScore[i]!) {
        endScore[i] = score
        bestStart[i] = j
      }
      if (score > startScore[j]!) {
        startScore[j] = score
        bestEnd[j] = i
      }
    }
  }
  const links: Link[] = []
  for (let i = 0; i < ends.length; i++) {
    const j = bestStart[i]!
    if (j === -1 || bestEnd[j] !== i || endScore[i]! < LEAST_CONCORDANCE) continue
    const usual = (ends[i]!.step + starts[j]!.step) / 2 + NOISE
    if (meanSquaredDifference(ends[i]!.values, starts[j]!.values) < GREATEST_STEP * usual) {
      links.push({ a: i, b: j, why: 'continues', agreement: endScore[i]! })
    }
  }
  return links
}

function covariance(a: Side, b: Side): number {
  let sum = 0
  for (let i = 0; i < a.values.length; i++) sum += (a.values[i]! - a.mean) * (b.values[i]! - b.mean)
  return sum / a.values.length
}

function meanSquaredDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum / a.length
}

function nearDuplicates(thumbnails: Float32Array[]): Link[] {
  const links: Link[] = []
  for (let i = 0; i < thumbnails.length; i++) {
    const a = thumbnails[i]!
    for (let j = i + 1; j < thumbnails.length; j++) {
      const b = thumbnails[j]!
      let dot = 0
      for (let k = 0; k < a.length; k++) dot += a[k]! * b[k]!
      if (dot >= NEAR_DUPLICATE) links.push({ a: i, b: j, why: 'near-duplicate', agreement: dot })
    }
  }
  return links
}

/** Links of images that a user put into one group; images without a group stay as they are. */
export function userLinks(groups: readonly (string | undefined)[]): Link[] {
  const first = new Map<string, number>()
  return groups.flatMap((group, index) => {
    if (group === undefined) return []
    const before = first.get(group)
    first.set(group, before ?? index)
    return before === undefined ? [] : [{ a: before, b: index, why: 'user' as const, agreement: 1 }]
  })
}

/**
 * The group of every image: images joined by links, directly or through others. A group is named after its first image
 * in order of name (user groups after the user's word where they agree), so that the same images get the same names.
 */
export function nameGroups(names: readonly string[], links: readonly Link[], userGroups: readonly (string | undefined)[] = []): string[] {
  const parent = names.map((_, index) => index)
  const find = (at: number): number => {
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!
    return at
  }
  for (const { a, b } of links) parent[find(a)] = find(b)
  const members = new Map<number, number[]>()
  names.forEach((_, index) => {
    const root = find(index)
    const list = members.get(root)
    if (list === undefined) members.set(root, [index])
    else list.push(index)
  })
  const result = new Array<string>(names.length)
  const used = new Set<string>()
  for (const indices of members.values()) {
    const words = new Set(indices.map((index) => userGroups[index]).filter((word) => word !== undefined))
    const firstName = indices.map((index) => names[index]!).sort()[0]!
    let name = words.size === 1 ? [...words][0]! : firstName
    while (used.has(name)) name += "'"
    used.add(name)
    for (const index of indices) result[index] = name
  }
  return result
}
