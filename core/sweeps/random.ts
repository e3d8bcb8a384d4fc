import { type Random, seededRandom } from './random-numbers.ts'
import { type Dimension, fromUnit, type Point, pointKey } from './space.ts'

/** So many draws in vain, and what is left of a small space is not looked for any further. */
const MOST_DRAWS = 1000

export function drawPoint(dimensions: readonly Dimension[], random: Random): Point {
  const point: Point = {}
  for (const d of dimensions) {
    const u = random()
    const value = d.kind === 'choice' ? d.values[Math.floor(u * d.values.length)] : fromUnit(d, u)
    if (value !== undefined) point[d.name] = value
  }
  return point
}

/**
 * The sweep's point number `ordinal` (from 1), drawn independently of the others; one that was tried already is drawn
 * again.
 * @returns null where no untried point was found: the space is used up
 */
export function randomPoint(dimensions: readonly Dimension[], seed: number, ordinal: number, tried: readonly Point[]): Point | null {
  const random = seededRandom(seed, ordinal)
  const known = new Set(tried.map(pointKey))
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const point = drawPoint(dimensions, random)
    if (!known.has(pointKey(point))) return point
  }
  return null
}
