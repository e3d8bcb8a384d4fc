import { type Dimension, fieldError, type Point } from './space.ts'

/**
 * Point number `at` (from 0) of all combinations of the lists, the last dimension fastest: an order that depends on
 * nothing but the dimensions. Lists hold no value twice, so no point occurs twice.
 * @returns null behind the last
 */
export function gridPoint(dimensions: readonly Dimension[], at: number): Point | null {
  const point: Point = {}
  let rest = at
  for (const d of dimensions.toReversed()) {
    if (d.kind === 'range')
      throw fieldError(`parameters.${d.name}`, 'A grid needs a list of values; use method random or bayes for a range.')
    const value = d.values[rest % d.values.length]
    if (value !== undefined) point[d.name] = value
    rest = Math.floor(rest / d.values.length)
  }
  return rest === 0 ? point : null
}
