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
