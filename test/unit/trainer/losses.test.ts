import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { describe, expect, test } from 'vitest'
import { foregroundAccuracy, type LossName, trainingLoss } from '../../../trainer/losses/loss.ts'
import { validationLoss } from '../../../trainer/losses/validation-loss.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const NAMES: LossName[] = ['cross_entropy', 'dice', 'cross_entropy+dice', 'focal', 'boundary_weighted']
/** Two pixels, two classes: P(inside) 3/4 where inside is true, 1/2 where background is. */
const logits = (): Tensor4D => tf.tensor4d([0, Math.log(3), 0, 0], [1, 1, 2, 2])
const truth = (): ReturnType<typeof tf.tensor> => tf.tensor([1, 0], [1, 1, 2], 'int32')

const EXPECTED: Record<LossName, number> = {
  cross_entropy: (-Math.log(0.75) - Math.log(0.5)) / 2,
  // 2 * 0.75 + 1 over (0.75 + 0.5) + 1 + 1
  dice: 1 - 2.5 / 3.25,
  'cross_entropy+dice': (-Math.log(0.75) - Math.log(0.5)) / 2 + 1 - 2.5 / 3.25,
  // the pixel of weight 3 is the first
  boundary_weighted: (-3 * Math.log(0.75) - Math.log(0.5)) / 2,
  focal: (-Math.log(0.75) * 0.25 ** 2 - Math.log(0.5) * 0.5 ** 2) / 2,
}

describe.each(NAMES)('%s', (name) => {
  test('has its hand-calculated value, on tensors and on arrays', async () => {
    await expectNoLeak(tf, () => {
      const value = tf.tidy(() => trainingLoss(name, logits(), truth(), tf.tensor([3, 1], [1, 1, 2])).dataSync()[0]!)
      expect(value).toBeCloseTo(EXPECTED[name], 5)
    })
    expect(
      validationLoss(name, Float32Array.of(0.25, 0.75, 0.5, 0.5), { classes: Uint8Array.of(1, 0), weights: Float32Array.of(3, 1) }, 2),
    ).toBeCloseTo(EXPECTED[name], 5)
  })

  test('is the same of three classes on the device and on arrays', () => {
    tf.tidy(() => {
      const x: Tensor4D = tf.randomNormal([1, 8, 8, 3], 0, 2, 'float32', 4)
      const classes = Int32Array.from({ length: 64 }, (_, i) => (i * 7) % 3)
      const weights = Float32Array.from({ length: 64 }, (_, i) => 1 + (i % 5))
      const onDevice = trainingLoss(name, x, tf.tensor(classes, [1, 8, 8], 'int32'), tf.tensor(weights, [1, 8, 8])).dataSync()[0]!
      const probabilities = tf.softmax(x).dataSync() as Float32Array
      expect(validationLoss(name, probabilities, { classes: Uint8Array.from(classes), weights }, 3)).toBeCloseTo(onDevice, 4)
    })
  })

  test('falls along its gradient', async () => {
    await expectNoLeak(tf, () =>
      tf.tidy(() => {
        const x: Tensor4D = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 9)
        const classes = tf.tensor(
          Int32Array.from({ length: 32 }, (_, i) => i % 3),
          [2, 4, 4],
          'int32',
        )
        const f = (at: Tensor): ReturnType<typeof trainingLoss> => trainingLoss(name, at as Tensor4D, classes, tf.ones(classes.shape))
        const gradient = tf.grad(f)(x)
        const squared = tf.sum(tf.square(gradient)).dataSync()[0]!
        const step = 1e-2 / Math.sqrt(squared)
        const fall = f(x).dataSync()[0]! - f(tf.sub(x, tf.mul(gradient, step))).dataSync()[0]!
        expect(fall / (step * squared)).toBeGreaterThan(0.9)
        expect(fall / (step * squared)).toBeLessThan(1.1)
      }),
    )
  })
})

test('accuracy is of background against all else', async () => {
  await expectNoLeak(tf, () =>
    tf.tidy(() => {
      // inside and border together outweigh background in the first pixel, though neither does alone
      const x = tf.tensor4d([1, 0.6, 0.6, 3, 0, 0], [1, 1, 2, 3])
      expect(foregroundAccuracy(x, tf.tensor([2, 0], [1, 1, 2], 'int32')).dataSync()[0]).toBe(1)
      expect(foregroundAccuracy(x, tf.tensor([0, 0], [1, 1, 2], 'int32')).dataSync()[0]).toBe(0.5)
    }),
  )
})
