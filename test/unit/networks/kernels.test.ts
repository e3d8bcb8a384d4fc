import type { Scalar, Tensor } from '@tensorflow/tfjs-node-gpu'
import { describe, expect, test } from 'vitest'
import { batchNormTraining, relu, sparseSoftmaxCrossEntropy, statelessUniform } from '../../../networks/kernels.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const values = (tensor: Tensor): number[] => [...tensor.dataSync()]

/** Gradient of the sum of `weights * f(x)` by central differences, in double steps that float32 resolves. */
function numericGradient(f: (x: Tensor) => Tensor, x: number[], shape: number[], weights: number[], step = 1e-2): number[] {
  const at = (moved: number[]): number =>
    tf.tidy(
      () => (tf.sum(tf.mul(f(tf.tensor(moved, shape)), tf.tensor(weights, f(tf.tensor(moved, shape)).shape))) as Scalar).dataSync()[0]!,
    )
  return x.map((_, i) => {
    const up = x.slice()
    const down = x.slice()
    up[i]! += step
    down[i]! -= step
    return (at(up) - at(down)) / (2 * step)
  })
}

function analyticGradient(f: (x: Tensor) => Tensor, x: number[], shape: number[], weights: number[]): number[] {
  return tf.tidy(() => {
    const loss = (input: Tensor): Scalar => {
      const y = f(input)
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)))
    }
    return values(tf.grad(loss)(tf.tensor(x, shape)))
  })
}

const close = (actual: number[], expected: number[], tolerance = 2e-2): void => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value), `${i}: ${actual[i]} and ${value}`).toBeLessThan(tolerance)
}

describe('relu', () => {
  test('cuts below 0, and above 6 where asked', async () => {
    await expectNoLeak(tf, () =>
      tf.tidy(() => {
        expect(values(relu(tf.tensor1d([-1, 0, 3, 7])))).toEqual([0, 0, 3, 7])
        expect(values(relu(tf.tensor1d([-1, 0, 3, 7]), 'relu6'))).toEqual([0, 0, 3, 6])
      }),
    )
  })

  test('passes the gradient where it passes the value', async () => {
    const weights = [1, 2, 3, 4]
    await expectNoLeak(tf, () => {
      expect(analyticGradient((x) => relu(x), [-1, 0.5, 3, 7], [4], weights)).toEqual([0, 2, 3, 4])
      expect(analyticGradient((x) => relu(x, 'relu6'), [-1, 0.5, 3, 7], [4], weights)).toEqual([0, 2, 3, 0])
    })
  })
})

describe('batchNormTraining', () => {
  const settings = { epsilon: 1e-3, momentum: 0.9 }
  const input = [1, 2, 3, 6, 5, 4, 2, 8]

  test('normalises by the batch and moves the averages', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([1, 3, 5, 7], [4, 1, 1, 1])
      let moved: { mean: Tensor; variance: Tensor } | undefined
      const moving = { mean: tf.tensor1d([10]), variance: tf.tensor1d([2]) }
      const y = batchNormTraining(x, tf.tensor1d([2]), tf.tensor1d([1]), moving, settings, (statistics) => (moved = statistics))
      // mean 4, variance 5: (x - 4) / sqrt(5.001) * 2 + 1
      close(
        values(y),
        [1, 3, 5, 7].map((v) => ((v - 4) / Math.sqrt(5.001)) * 2 + 1),
        1e-4,
      )
      // TensorFlow moves by the unbiased variance, 20 / 3
      close(values(moved!.mean), [0.9 * 10 + 0.1 * 4], 1e-4)
      close(values(moved!.variance), [0.9 * 2 + (0.1 * 20) / 3], 1e-4)
      tf.dispose([moved!.mean, moved!.variance])
    })
  })

  test('has the gradient of its input, scale and shift', () => {
    const weights = [1, -2, 0.5, 3, -1, 2, 1.5, -0.5]
    const norm = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
      batchNormTraining(x, gamma, beta, { mean: tf.zeros([2]), variance: tf.ones([2]) }, settings, ({ mean, variance }) =>
        tf.dispose([mean, variance]),
      )
    const gamma = [1.5, 0.7]
    const beta = [0.1, -0.2]
    const ofX = (x: Tensor): Tensor => norm(tf.reshape(x, [2, 2, 1, 2]), tf.tensor1d(gamma), tf.tensor1d(beta))
    close(analyticGradient(ofX, input, [8], weights), numericGradient(ofX, input, [8], weights))
    const ofGamma = (g: Tensor): Tensor => norm(tf.tensor4d(input, [2, 2, 1, 2]), g, tf.tensor1d(beta))
    close(analyticGradient(ofGamma, gamma, [2], weights), numericGradient(ofGamma, gamma, [2], weights))
    const ofBeta = (b: Tensor): Tensor => norm(tf.tensor4d(input, [2, 2, 1, 2]), tf.tensor1d(gamma), b)
    close(analyticGradient(ofBeta, beta, [2], weights), [1 + 0.5 - 1 + 1.5, -2 + 3 + 2 - 0.5], 1e-3)
  })
})

describe('sparseSoftmaxCrossEntropy', () => {
  test('is the negative logarithm of the true class, and its gradient softmax minus truth', () => {
    tf.tidy(() => {
      const logits = [0, Math.log(3), 1, 1]
      const labels = tf.tensor1d([1, 0], 'int32')
      close(values(sparseSoftmaxCrossEntropy(tf.tensor2d(logits, [2, 2]), labels)), [-Math.log(0.75), Math.log(2)], 1e-5)
      const gradient = tf.grad((x: Tensor) => tf.sum(tf.mul(sparseSoftmaxCrossEntropy(x, labels), tf.tensor1d([2, 4]))) as Scalar)(
        tf.tensor2d(logits, [2, 2]),
      )
      close(values(gradient), [0.5, -0.5, -2, 2], 1e-5)
    })
  })
})

test('statelessUniform depends on its seed alone', async () => {
  await expectNoLeak(tf, () =>
    tf.tidy(() => {
      const a = values(statelessUniform([1000], [3, 7]))
      expect(values(statelessUniform([1000], [3, 7]))).toEqual(a)
      expect(values(statelessUniform([1000], [4, 7]))).not.toEqual(a)
      expect(Math.min(...a)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...a)).toBeLessThan(1)
      expect(Math.abs(a.reduce((sum, v) => sum + v, 0) / 1000 - 0.5)).toBeLessThan(0.05)
    }),
  )
})
