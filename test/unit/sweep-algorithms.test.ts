import { describe, expect, it } from 'vitest'
import { sweepSpecSchema, type SweepSpecInput } from '../../core/contracts/sweep-spec.ts'
import { bayesPoint, density, type Trial } from '../../core/sweeps/bayes.ts'
import { gridPoint } from '../../core/sweeps/grid.ts'
import { bestUpTo, type History, judge, rungs } from '../../core/sweeps/hyperband.ts'
import { thin } from '../../core/sweeps/leaderboard.ts'
import { nextPoint, plannedRuns } from '../../core/sweeps/next-points.ts'
import { randomPoint } from '../../core/sweeps/random.ts'
import {
  type Dimension,
  fromUnit,
  type Point,
  pointKey,
  runName,
  runParametersAt,
  searchSpace,
  spaceSize,
  toUnit,
  varyingParameters,
} from '../../core/sweeps/space.ts'

const spec = (parameters: NonNullable<SweepSpecInput['parameters']>, rest: Partial<SweepSpecInput> = {}) =>
  sweepSpecSchema.parse({ name: 's', dataset: 'd', parameters, ...rest })

const grid = (dimensions: Dimension[]): Point[] => {
  const points: Point[] = []
  for (let at = 0; ; at++) {
    const point = gridPoint(dimensions, at)
    if (point === null) return points
    points.push(point)
  }
}

describe('a grid', () => {
  it('has every combination once, in an order that does not depend on the file', () => {
    const one = grid(
      searchSpace(spec({ learning_rate: { values: [0.1, 0.01] }, batch_size: { values: [8, 16, 8] }, epochs: { value: 3 } })),
    )
    expect(one).toEqual([
      { batch_size: 8, epochs: 3, learning_rate: 0.1 },
      { batch_size: 8, epochs: 3, learning_rate: 0.01 },
      { batch_size: 16, epochs: 3, learning_rate: 0.1 },
      { batch_size: 16, epochs: 3, learning_rate: 0.01 },
    ])
    expect(
      grid(searchSpace(spec({ epochs: { value: 3 }, batch_size: { values: [8, 16] }, learning_rate: { values: [0.1, 0.01] } }))),
    ).toEqual(one)
  })
  it('of nothing has one point', () => expect(grid([])).toEqual([{}]))
  it('is cut at its cap, and refused where it is too large without one', () => {
    const values = Array.from({ length: 40 }, (_, i) => i + 1)
    expect(plannedRuns(spec({ epochs: { values }, batch_size: { values } }, { run_cap: 7 }))).toBe(7)
    expect(() => plannedRuns(spec({ epochs: { values }, batch_size: { values } }))).toThrow(/1600 points/)
    expect(plannedRuns(spec({ epochs: { values: [1, 2] } }, { run_cap: 7 }))).toBe(2)
  })
})

describe('a range', () => {
  const range = (
    min: number,
    max: number,
    distribution: 'uniform' | 'log_uniform_values' | 'int_uniform' | 'q_uniform',
    name: 'learning_rate' | 'batch_size' | 'image_size',
    q?: number,
  ) => {
    const [dimension] = searchSpace(
      spec({ [name]: { distribution, min, max, ...(q === undefined ? {} : { q }) } }, { method: 'random', run_cap: 5 }),
    )
    if (dimension?.kind !== 'range') throw new Error('no range')
    return dimension
  }
  it('is even in the logarithm where it is logarithmic', () => {
    const d = range(0.0001, 0.01, 'log_uniform_values', 'learning_rate')
    expect([0, 0.5, 1].map((u) => fromUnit(d, u))).toEqual([0.0001, 0.001, 0.01])
    expect(toUnit(d, 0.001)).toBeCloseTo(0.5, 12)
  })
  it('gives whole numbers an equal share each, the ends too', () => {
    const d = range(1, 4, 'int_uniform', 'batch_size')
    expect([0, 0.24, 0.26, 0.49, 0.51, 0.74, 0.76, 1].map((u) => fromUnit(d, u))).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    expect(toUnit(d, 1)).toBe(0.125)
    expect(spaceSize([d])).toBe(4)
  })
  it('keeps image sizes to multiples of 32, and a step to its multiples', () => {
    const d = range(64, 256, 'uniform', 'image_size')
    expect([0, 0.3, 0.99].map((u) => fromUnit(d, u))).toEqual([64, 128, 256])
    expect([0, 1].map((u) => fromUnit(range(5, 23, 'q_uniform', 'batch_size', 8), u))).toEqual([8, 16])
  })
  it('is refused over what is no number', () => {
    expect(() => searchSpace(spec({ encoder_alpha: { min: 0.35, max: 1 } }, { method: 'random', run_cap: 3 }))).toThrow(/one of a list/)
  })
})

describe('a random search', () => {
  const dimensions = searchSpace(
    spec(
      { learning_rate: { distribution: 'log_uniform_values', min: 0.0001, max: 0.01 }, batch_size: { values: [8, 16] } },
      { method: 'random', run_cap: 9 },
    ),
  )
  it('draws the same for the same seed and place, and something else for others', () => {
    const draw = (seed: number, ordinal: number) => randomPoint(dimensions, seed, ordinal, [])
    expect(draw(1, 1)).toEqual(draw(1, 1))
    expect(draw(1, 2)).not.toEqual(draw(1, 1))
    expect(draw(2, 1)).not.toEqual(draw(1, 1))
  })
  it('covers its range evenly', () => {
    const logs = Array.from({ length: 400 }, (_, i) => Math.log10(randomPoint(dimensions, 3, i + 1, [])?.learning_rate as number))
    const mean = logs.reduce((a, b) => a + b) / logs.length
    expect(mean).toBeGreaterThan(-3.08)
    expect(mean).toBeLessThan(-2.92)
  })
  it('tries nothing twice, and ends where a small space is used up', () => {
    const small = searchSpace(spec({ batch_size: { values: [1, 2] }, epochs: { values: [1, 2] } }, { method: 'random', run_cap: 9 }))
    const tried: Point[] = []
    for (let ordinal = 1; ordinal <= 4; ordinal++) {
      const point = randomPoint(small, 0, ordinal, tried)
      expect(point).not.toBeNull()
      if (point !== null) tried.push(point)
    }
    expect(new Set(tried.map(pointKey)).size).toBe(4)
    expect(randomPoint(small, 0, 5, tried)).toBeNull()
  })
})

describe('a Bayesian search', () => {
  const dimensions = searchSpace(
    spec(
      { learning_rate: { distribution: 'log_uniform_values', min: 0.00001, max: 0.1 }, loss: { values: ['dice', 'focal'] } },
      { method: 'bayes', run_cap: 40 },
    ),
  )
  /** Best at 0.001 with dice. */
  const objective = (point: Point): number =>
    1 - 0.1 * (Math.log10(point.learning_rate as number) + 3) ** 2 - (point.loss === 'dice' ? 0 : 0.2)

  const search = (next: (ordinal: number, trials: Trial[]) => Point | null, runs: number): Trial[] => {
    const trials: Trial[] = []
    for (let ordinal = 1; ordinal <= runs; ordinal++) {
      const point = next(ordinal, trials)
      if (point !== null) trials.push({ point, value: objective(point) })
    }
    return trials
  }

  it('begins at random', () => expect(bayesPoint(dimensions, 5, 1, [], 'maximize')).toEqual(randomPoint(dimensions, 5, 1, [])))
  it('is the same for the same history', () => {
    const trials = search((ordinal, known) => bayesPoint(dimensions, 5, ordinal, known, 'maximize'), 12)
    expect(bayesPoint(dimensions, 5, 13, trials, 'maximize')).toEqual(bayesPoint(dimensions, 5, 13, trials, 'maximize'))
  })
  it('finds the better region sooner than chance, over ten seeds', () => {
    const lateMean = (trials: Trial[]): number =>
      trials.slice(10).reduce((sum, trial) => sum + (trial.value ?? 0), 0) / trials.slice(10).length
    const seeds = Array.from({ length: 10 }, (_, i) => i)
    const mean = (list: number[]): number => list.reduce((a, b) => a + b) / list.length
    const bayes = mean(
      seeds.map((seed) => lateMean(search((ordinal, known) => bayesPoint(dimensions, seed, ordinal, known, 'maximize'), 30))),
    )
    const chance = mean(
      seeds.map((seed) =>
        lateMean(
          search(
            (ordinal, known) =>
              randomPoint(
                dimensions,
                seed,
                ordinal,
                known.map((t) => t.point),
              ),
            30,
          ),
        ),
      ),
    )
    expect(bayes).toBeGreaterThan(chance + 0.1)
  })
  it('turns around where the goal is to minimize', () => {
    const trials: Trial[] = [0.00002, 0.0001, 0.001, 0.01, 0.05, 0.09].map((learning_rate) => ({
      point: { learning_rate, loss: 'dice' },
      value: Math.abs(Math.log10(learning_rate) + 4),
    }))
    const near = Array.from({ length: 12 }, (_, i) => bayesPoint(dimensions, i, 7, trials, 'minimize')?.learning_rate as number)
    expect(near.filter((rate) => rate < 0.002).length).toBeGreaterThan(9)
  })
  it('survives runs that failed or gave NaN', () => {
    const trials: Trial[] = Array.from({ length: 8 }, (_, i) => ({
      point: { learning_rate: 0.001 * (i + 1), loss: 'dice' },
      value: i % 2 === 0 ? null : Number.NaN,
    }))
    expect(bayesPoint(dimensions, 0, 9, trials, 'maximize')).not.toBeNull()
  })
  it('has densities that add up to one', () => {
    const choice = dimensions.find((d) => d.kind === 'choice')!
    const points: Point[] = [{ loss: 'dice' }, { loss: 'dice' }, { loss: 'focal' }]
    expect(density(choice, points, 'dice') + density(choice, points, 'focal')).toBeCloseTo(1, 12)
    expect(density(choice, points, 'dice')).toBeCloseTo(2.5 / 4, 12)
  })
})

describe('Hyperband', () => {
  const settings = { min_iter: 2, eta: 3 }
  const history = (runId: string, values: number[], rest: Partial<History> = {}): History => ({
    runId,
    epoch: values.length,
    values: values.map((value, i) => ({ epoch: i + 1, value })),
    live: true,
    judged: 0,
    ...rest,
  })

  it('compares at min_iter, times eta, and so on, never at the last epoch', () => {
    expect(rungs(settings, 30)).toEqual([2, 6, 18])
    expect(rungs(settings, 18)).toEqual([2, 6])
    expect(rungs({ min_iter: 1, eta: 2 }, 10)).toEqual([1, 2, 4, 8])
    expect(rungs({ min_iter: 5, eta: 3 }, 4)).toEqual([])
  })
  it('lets a third pass', () => {
    const runs = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4].map((value, i) => history(`r${i}`, [value / 2, value]))
    const { pruned, passed } = judge(runs, settings, 'maximize', () => 20)
    expect(pruned).toEqual([
      { runId: 'r2', rung: 2, rank: 3, of: 6 },
      { runId: 'r3', rung: 2, rank: 4, of: 6 },
      { runId: 'r4', rung: 2, rank: 5, of: 6 },
      { runId: 'r5', rung: 2, rank: 6, of: 6 },
    ])
    expect(passed).toEqual([
      { runId: 'r0', rung: 2 },
      { runId: 'r1', rung: 2 },
    ])
  })
  it('says nothing of fewer than eta runs', () => {
    expect(judge([history('a', [0.1, 0.1]), history('b', [0.9, 0.9])], settings, 'maximize', () => 20).pruned).toEqual([])
  })
  it('compares with those that have ended, by what they had at the rung', () => {
    const ended = [history('a', [0.8, 0.8, 0.1], { live: false }), history('b', [0.7, 0.7, 0.95], { live: false })]
    expect(judge([...ended, history('c', [0.75, 0.75])], settings, 'maximize', () => 20).pruned).toEqual([
      { runId: 'c', rung: 2, rank: 2, of: 3 },
    ])
    expect(judge([...ended, history('c', [0.75, 0.85])], settings, 'maximize', () => 20).pruned).toEqual([])
  })
  it('judges a run once a rung, also when it is looked at late', () => {
    const ended = [history('a', [0.8, 0.9], { live: false }), history('b', [0.8, 0.9], { live: false })]
    expect(judge([...ended, history('c', [0.1, 0.1, 0.1, 0.1])], settings, 'maximize', () => 20).pruned).toHaveLength(1)
    expect(judge([...ended, history('c', [0.1, 0.1, 0.1, 0.1], { judged: 2 })], settings, 'maximize', () => 20)).toEqual({
      pruned: [],
      passed: [],
    })
  })
  it('ranks NaN behind every number, and lower first where the goal is to minimize', () => {
    const runs = [history('a', [Number.NaN, Number.NaN]), history('b', [0.3, 0.3]), history('c', [0.2, 0.4])]
    expect(judge(runs, settings, 'minimize', () => 20).passed).toEqual([{ runId: 'c', rung: 2 }])
    expect(bestUpTo(history('a', [Number.NaN, Infinity]), 9, 'maximize')).toBeNull()
  })
})

describe('runs of a sweep', () => {
  const rates = spec({
    learning_rate: { values: [0.001, 0.01] },
    batch_size: { values: [8, 16] },
    epochs: { value: 3 },
    loss: { values: ['dice'] },
  })
  it('are named after what varies', () => {
    expect(varyingParameters(rates)).toEqual(['batch_size', 'learning_rate'])
    expect(runName({ learning_rate: 0.001, batch_size: 8, epochs: 3 }, varyingParameters(rates), 'rates')).toBe('batch 8 · lr 0.001')
    expect(runName({ epochs: 3 }, [], 'rates')).toBe('rates')
    expect(runName({ decoder_filters: '', loss: 'dice' }, ['loss', 'decoder_filters'], 'x')).toBe('dice · decoder default')
  })
  it('differ by nothing but what varies, the seed included', () => {
    const at = (ordinal: number) => runParametersAt(nextPoint(rates, searchSpace(rates), ordinal, [])!, 42)
    expect(at(1)).toEqual({ ...at(2), learning_rate: 0.001 })
    expect(at(1).seed).toBe(42)
    expect(runParametersAt({ seed: 7 }, 42).seed).toBe(7)
  })
})

describe('a sparkline', () => {
  it('keeps both ends of a long series', () => {
    const thinned = thin(
      Array.from({ length: 1000 }, (_, i) => i),
      60,
    )
    expect(thinned).toHaveLength(60)
    expect([thinned[0], thinned[59]]).toEqual([0, 999])
    expect(thin([1, 2, 3], 60)).toEqual([1, 2, 3])
  })
})
