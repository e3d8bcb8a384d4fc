import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { beforeAll, expect, test } from 'vitest'
import { replaceSlowGradients } from '../../../networks/gradients.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const map = (channels: number, side: number, seed: number): Tensor4D => tf.randomNormal([2, side, side, channels], 0, 1, 'float32', seed)

/** Functions of one tensor whose gradients run through what is replaced. */
const CASES: Record<string, { at: () => Tensor; f: (x: Tensor) => Tensor }> = {
  'a sum over some axes': { at: () => map(3, 4, 1), f: (x) => tf.sum(tf.square(tf.sum(x, [1, 3]))) },
  'a mean over some axes': { at: () => map(3, 4, 2), f: (x) => tf.sum(tf.square(tf.mean(x, [0, -1]))) },
  'a mean of all': { at: () => map(3, 4, 3), f: (x) => tf.mean(tf.square(x)) },
  'both parts of a concatenation': { at: () => map(3, 4, 4), f: (x) => tf.sum(tf.square(tf.concat([x, tf.square(x)], 3))) },
  'a part beside one that needs none': { at: () => map(3, 4, 5), f: (x) => tf.sum(tf.square(tf.concat([map(2, 4, 6), x], -1))) },
  'a narrow transposed convolution': { at: () => kernel(2, 5), f: (k) => enlarged(map(5, 4, 7), k) },
  'a wide transposed convolution': { at: () => kernel(32, 5), f: (k) => enlarged(map(5, 4, 8), k) },
  'the input of a transposed convolution': { at: () => map(5, 4, 9), f: (x) => enlarged(x, kernel(32, 5)) },
}

function kernel(filters: number, channels: number): Tensor {
  return tf.randomNormal([3, 3, filters, channels], 0, 0.3, 'float32', 11)
}

function enlarged(x: Tensor, k: Tensor): Tensor {
  const [batch, side] = x.shape as [number, number]
  return tf.sum(tf.square(tf.conv2dTranspose(x as Tensor4D, k as Tensor4D, [batch, 2 * side, 2 * side, k.shape[2]!], 2, 'same')))
}

const published = new Map<string, Float32Array>()
const gradient = (name: string): Float32Array => {
  const { at, f } = CASES[name]!
  return tf.tidy(() => tf.grad(f)(at()).dataSync() as Float32Array)
}

beforeAll(() => {
  for (const name of Object.keys(CASES)) published.set(name, gradient(name))
  replaceSlowGradients()
})

test.each(Object.keys(CASES))('the gradient of %s is the one that tfjs gives', async (name) => {
  await expectNoLeak(tf, () => {
    const expected = published.get(name)!
    const replaced = gradient(name)
    expect(replaced).toHaveLength(expected.length)
    const largest = Math.max(...expected.map(Math.abs))
    for (const [i, value] of replaced.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * largest)
  })
})
