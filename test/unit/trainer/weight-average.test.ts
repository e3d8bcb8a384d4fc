import { expect, test } from 'vitest'
import { tf } from '../../../networks/tensorflow.ts'
import { Weights } from '../../../networks/weights.ts'
import { WeightAverage } from '../../../trainer/weight-average.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

function weightsOf(value: number): Weights {
  const weights = new Weights(0)
  weights.load({ index: [{ name: 'a', shape: [1] }], data: Float32Array.of(value) })
  tf.tidy(() => weights.get('a', [1], { kind: 'zeros' }))
  return weights
}

/** The average after each fourth step of a weight that goes 10, 20, 30, .. */
function run(average: WeightAverage, steps: number, from = 0): number[] {
  const weights = weightsOf(0)
  const seen: number[] = []
  for (let step = from + 1; step <= from + steps; step++) {
    weights.set('a', tf.tensor1d([10 * step]))
    average.update(weights, ['a'], step)
    if (step % 4 === 0) seen.push(average.snapshot().data[0]!)
  }
  weights.dispose()
  return seen
}

test('averages every fourth step, young ones forgetting faster', async () => {
  await expectNoLeak(tf, () => {
    const average = new WeightAverage(0.9)
    const keep = [2 / 11, 3 / 12, 4 / 13].map((young) => Math.min(0.9 ** 4, young))
    const second = 40 * keep[1]! + 80 * (1 - keep[1]!)
    const third = second * keep[2]! + 120 * (1 - keep[2]!)
    const seen = run(average, 12)
    expect(seen[0]).toBe(40)
    expect(seen[1]).toBeCloseTo(second, 4)
    expect(seen[2]).toBeCloseTo(third, 4)
    average.dispose()
  })
})

test('goes on from a snapshot as if it had not stopped', async () => {
  await expectNoLeak(tf, () => {
    const whole = new WeightAverage(0.9)
    const first = new WeightAverage(0.9)
    const second = new WeightAverage(0.9)
    const expected = run(whole, 24)
    run(first, 12)
    second.restore(first.updates, first.snapshot())
    expect(second.snapshot()).toEqual(first.snapshot())
    expect(run(second, 12, 12)).toEqual(expected.slice(3))
    for (const average of [whole, first, second]) average.dispose()
  })
})
