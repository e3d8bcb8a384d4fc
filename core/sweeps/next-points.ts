import type { SweepSpec } from '../contracts/sweep-spec.ts'
import { bayesPoint, type Trial } from './bayes.ts'
import { gridPoint } from './grid.ts'
import { randomPoint } from './random.ts'
import { type Dimension, fieldError, type Point, searchSpace, spaceSize } from './space.ts'

export const MOST_RUNS = 1000

/** How many runs a sweep will have: its cap, or as many as there are points. @throws AppError where a grid is too large */
export function plannedRuns(spec: SweepSpec): number {
  const size = spaceSize(searchSpace(spec))
  if (spec.method === 'grid' && spec.run_cap === undefined && size > MOST_RUNS) {
    throw fieldError('run_cap', `The grid has ${size} points: set run_cap to at most ${MOST_RUNS}, or shorten its lists.`)
  }
  return Math.min(size, spec.run_cap ?? MOST_RUNS)
}

/**
 * The point of run number `ordinal` (from 1), given the sweep's other runs.
 * @returns null where there is none left to try
 */
export function nextPoint(spec: SweepSpec, dimensions: readonly Dimension[], ordinal: number, trials: readonly Trial[]): Point | null {
  switch (spec.method) {
    case 'grid':
      return gridPoint(dimensions, ordinal - 1)
    case 'random':
      return randomPoint(
        dimensions,
        spec.seed,
        ordinal,
        trials.map((trial) => trial.point),
      )
    case 'bayes':
      return bayesPoint(dimensions, spec.seed, ordinal, trials, spec.metric.goal)
  }
}
