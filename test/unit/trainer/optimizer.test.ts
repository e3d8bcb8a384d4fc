import { describe, expect, test } from 'vitest'
import { tf } from '../../../networks/tensorflow.ts'
import { Weights } from '../../../networks/weights.ts'
import { learningRate, plateauAfter, type StepPlace } from '../../../trainer/schedule.ts'
import { Optimizer, type OptimizerName } from '../../../trainer/optimizer.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const NAMES = ['a/kernel', 'b']
function weightsOf(start: number[][]): Weights {
  const weights = new Weights(0)
  for (const [at, name] of NAMES.entries()) {
    weights.get(name, [start[at]!.length], { kind: 'zeros' })
    weights.set(name, tf.tensor1d(start[at]!))
  }
  return weights
}
const read = (weights: Weights): number[][] => NAMES.map((name) => [...weights.value(name).dataSync()])

function step(optimizer: Optimizer, weights: Weights, gradients: number[][], rate = 0.1): void {
  tf.tidy(() =>
    optimizer.apply(
      weights,
      NAMES,
      gradients.map((g) => tf.tensor1d(g)),
      rate,
    ),
  )
}

const START = [[1, -2], [0.5]]
const GRADIENTS = [
  [[0.1, -3], [2]],
  [[-0.2, 1], [0.5]],
  [[0.4, 0.4], [-1]],
]

/** Kingma and Ba's algorithm, and Nesterov's momentum, in plain numbers. */
function expected(kind: OptimizerName): number[][] {
  return START.map((start, at) =>
    start.map((from, i) => {
      let [w, m, v] = [from, 0, 0]
      for (const [t, gradients] of GRADIENTS.entries()) {
        const g = gradients[at]![i]!
        if (kind === 'sgd') {
          m = 0.9 * m + g
          w -= 0.1 * (g + 0.9 * m)
          continue
        }
        const decay = kind === 'adamw' && at === 0 ? 0.1 * 0.01 * w : 0
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        const rate = (0.1 * Math.sqrt(1 - 0.999 ** (t + 1))) / (1 - 0.9 ** (t + 1))
        w -= (rate * m) / (Math.sqrt(v) + 1e-7) + decay
      }
      return w
    }),
  )
}

describe.each<OptimizerName>(['adam', 'adamw', 'sgd'])('%s', (kind) => {
  test('takes the steps of its formula, and leaves no tensor behind', async () => {
    await expectNoLeak(tf, () => {
      const weights = weightsOf(START)
      const optimizer = new Optimizer(kind, 0.01)
      for (const gradients of GRADIENTS) step(optimizer, weights, gradients)
      for (const [at, values] of expected(kind).entries())
        for (const [i, value] of values.entries()) expect(read(weights)[at]![i]).toBeCloseTo(value, 5)
      optimizer.dispose()
      weights.dispose()
    })
  })

  test('goes on bit by bit from a snapshot', () => {
    const whole = weightsOf(START)
    const first = new Optimizer(kind, 0.01)
    step(first, whole, GRADIENTS[0]!)
    const kept = { step: first.step, moments: first.snapshot(), weights: read(whole) }
    step(first, whole, GRADIENTS[1]!)
    const resumed = weightsOf(kept.weights)
    const second = new Optimizer(kind, 0.01)
    second.restore(kept.step, kept.moments)
    step(second, resumed, GRADIENTS[1]!)
    expect(read(resumed)).toEqual(read(whole))
    expect(second.snapshot()).toEqual(first.snapshot())
    for (const each of [whole, resumed, first, second]) each.dispose()
  })

  test('does not touch tensors that were taken before', () => {
    const weights = weightsOf(START)
    const optimizer = new Optimizer(kind, 0.01)
    step(optimizer, weights, GRADIENTS[0]!)
    const before = weights.value('b').clone()
    const value = [...before.dataSync()]
    step(optimizer, weights, GRADIENTS[1]!)
    expect([...before.dataSync()]).toEqual(value)
    before.dispose()
    optimizer.dispose()
    weights.dispose()
  })
})

describe('learningRate', () => {
  const params = { schedule: 'constant', learning_rate: 0.01, fine_tune_learning_rate: 0.001 } as const
  const at = (step: number, totalSteps: number, phaseStart?: number): StepPlace => ({
    step,
    totalSteps,
    phaseStart: phaseStart ?? 0,
    fineTuning: phaseStart !== undefined,
    factor: 1,
  })
  test('constant is the rate of the phase', () => {
    expect(learningRate(params, at(0, 100))).toBe(0.01)
    expect(learningRate(params, at(99, 100, 50))).toBe(0.001)
  })
  test('cosine rises, halves in the middle, and ends near nothing', () => {
    const cosine = { ...params, schedule: 'cosine' } as const
    expect(learningRate(cosine, at(0, 1000))).toBeCloseTo(0.01 / 100)
    expect(learningRate(cosine, at(500, 1000))).toBeCloseTo(0.005)
    expect(learningRate(cosine, at(999, 1000, 100))).toBeLessThan(1e-8)
  })
  test('cosine rises anew where the encoder begins to be trained', () => {
    const cosine = { ...params, schedule: 'cosine' } as const
    const fallen = (step: number): number => 0.5 * (1 + Math.cos((Math.PI * step) / 1000))
    expect(learningRate(cosine, at(199, 1000))).toBeCloseTo(0.01 * fallen(199))
    expect(learningRate(cosine, at(200, 1000, 200))).toBeCloseTo((0.001 / 80) * fallen(200))
    expect(learningRate(cosine, at(279, 1000, 200))).toBeCloseTo(0.001 * fallen(279))
  })
})

describe('the plateau schedule', () => {
  test('multiplies the rate of the phase', () => {
    const params = { schedule: 'plateau', learning_rate: 0.01, fine_tune_learning_rate: 0.001 } as const
    expect(learningRate(params, { step: 90, totalSteps: 100, phaseStart: 0, fineTuning: false, factor: 0.3 })).toBeCloseTo(0.003)
  })
  test('lowers after three epochs without a better loss, and then waits three more', () => {
    let plateau = { factor: 1, since: 0 }
    const factors: number[] = []
    // the least loss is that of epoch 2
    for (let epoch = 1; epoch <= 8; epoch++) {
      plateau = plateauAfter(plateau, epoch, Math.min(epoch, 2))
      factors.push(plateau.factor)
    }
    expect(factors.slice(0, 7)).toEqual([1, 1, 1, 1, 0.3, 0.3, 0.3])
    expect(factors[7]).toBeCloseTo(0.09)
  })
})
