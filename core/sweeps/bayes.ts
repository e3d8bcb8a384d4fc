import { drawPoint, randomPoint } from './random.ts'
import { normal, type Random, seededRandom } from './random-numbers.ts'
import { type Dimension, fromUnit, type Point, pointKey, toUnit, type Value } from './space.ts'

export interface Trial {
  point: Point
  /** The best value of the sweep's metric; null while the run has none, or where it failed. */
  value: number | null
}

/** So many runs are drawn at random before there is anything to learn from. */
export const STARTUP_TRIALS = 5
const CANDIDATES = 24
/** Share of candidates drawn from the whole space, so that no corner is given up for ever. */
const EXPLORE = 0.1

/**
 * The next point by a tree-structured Parzen estimator (Bergstra et al., 2011): trials are parted into the better quarter
 * and the rest; of candidates drawn from the density of the good ones, the one of the greatest good/bad ratio is taken.
 *
 * Dimensions are taken as independent. Runs without a value yet count among the rest, so that runs that are drawn at
 * the same time do not all go to one spot. Depends on (seed, ordinal, trials) alone.
 * @returns null where the space is used up
 */
export function bayesPoint(
  dimensions: readonly Dimension[],
  seed: number,
  ordinal: number,
  trials: readonly Trial[],
  goal: 'maximize' | 'minimize',
): Point | null {
  const tried = trials.map((trial) => trial.point)
  const scored = trials.filter((trial): trial is Trial & { value: number } => trial.value !== null && Number.isFinite(trial.value))
  if (scored.length < STARTUP_TRIALS) return randomPoint(dimensions, seed, ordinal, tried)

  const sorted = scored.toSorted((a, b) => (goal === 'maximize' ? b.value - a.value : a.value - b.value))
  const goodCount = Math.max(1, Math.ceil(0.25 * sorted.length))
  const good = sorted.slice(0, goodCount).map((trial) => trial.point)
  const rest = [...sorted.slice(goodCount), ...trials.filter((trial) => !scored.includes(trial as (typeof scored)[number]))].map(
    (trial) => trial.point,
  )

  const random = seededRandom(seed, ordinal)
  const known = new Set(tried.map(pointKey))
  let best: { point: Point; score: number } | undefined
  for (let i = 0; i < CANDIDATES; i++) {
    const point = random() < EXPLORE ? drawPoint(dimensions, random) : drawNear(dimensions, good, random)
    if (known.has(pointKey(point))) continue
    const score = dimensions.reduce(
      (sum, d) => sum + Math.log(density(d, good, point[d.name])) - Math.log(density(d, rest, point[d.name])),
      0,
    )
    if (best === undefined || score > best.score) best = { point, score }
  }
  return best?.point ?? randomPoint(dimensions, seed, ordinal, tried)
}

/** Around a good trial in each range; a good trial's value, or any other now and then, in each list. */
function drawNear(dimensions: readonly Dimension[], good: readonly Point[], random: Random): Point {
  const point: Point = {}
  for (const d of dimensions) {
    const centre = good[Math.floor(random() * good.length)]?.[d.name]
    if (d.kind === 'choice') {
      const any = d.values[Math.floor(random() * d.values.length)]
      const value = random() < 1 / (good.length + 1) ? any : centre
      if (value !== undefined) point[d.name] = value
    } else {
      const u = typeof centre === 'number' ? toUnit(d, centre) : random()
      point[d.name] = fromUnit(d, reflect(u + normal(random) * bandwidth(good.length)))
    }
  }
  return point
}

/** Of normals around the points, each of equal weight, mixed with a uniform one of the weight of one point. */
export function density(dimension: Dimension, points: readonly Point[], value: Value | undefined): number {
  const weight = 1 / (points.length + 1)
  if (dimension.kind === 'choice') {
    const same = points.filter((point) => point[dimension.name] === value).length
    return weight * (same + 1 / dimension.values.length)
  }
  if (typeof value !== 'number') return weight
  const u = toUnit(dimension, value)
  const width = bandwidth(points.length)
  let sum = 1
  for (const point of points) {
    const centre = point[dimension.name]
    if (typeof centre !== 'number') continue
    const z = (u - toUnit(dimension, centre)) / width
    sum += Math.exp(-0.5 * z * z) / (width * Math.sqrt(2 * Math.PI))
  }
  return weight * sum
}

/** Narrower the more is known, as n^(-1/5) (Scott's rule), on the unit interval. */
const bandwidth = (count: number): number => Math.max(0.05, 0.3 * (count + 1) ** -0.2)

/** Back into [0, 1] from beyond its ends, as at a mirror: a clamp would pile candidates up at the ends. */
function reflect(u: number): number {
  const folded = Math.abs(u) % 2
  return folded > 1 ? 2 - folded : folded
}
