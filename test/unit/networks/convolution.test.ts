import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { describe, expect, test, vi } from 'vitest'
import { convolution } from '../../../networks/convolution.ts'
import type { ConvolutionKind } from '../../../networks/convolution.ts'
import { nativeBackend, tf } from '../../../networks/tensorflow.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const SIDE = 6
const PARTS = [5, 3]
const channels = PARTS.reduce((sum, part) => sum + part, 0)
const random = (shape: [number, number, number, number], seed: number): Tensor4D => tf.randomNormal(shape, 0, 0.5, 'float32', seed)
const parts = (): Tensor4D[] => PARTS.map((part, index) => random([2, SIDE, SIDE, part], index + 1))

/** What tfjs makes of the same, with all parts joined first. */
function published(joined: Tensor4D, kernel: Tensor4D, { kind, stride }: ConvolutionKind): Tensor4D {
  if (kind === 'normal') return tf.conv2d(joined, kernel, stride, 'same')
  if (kind === 'depthwise') return tf.depthwiseConv2d(joined, kernel, stride, 'same')
  return tf.conv2dTranspose(joined, kernel, [2, SIDE * stride, SIDE * stride, kernel.shape[2]], stride, 'same')
}

function expectEqual(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape)
  const [a, b] = [actual.dataSync(), expected.dataSync()]
  const largest = Math.max(...b.map(Math.abs))
  expect(largest).toBeGreaterThan(0)
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5 * largest)
}

describe.each([
  { kind: 'normal', stride: 1, size: 3, filters: 4 },
  { kind: 'normal', stride: 2, size: 3, filters: 4 },
  { kind: 'normal', stride: 1, size: 1, filters: 4 },
  { kind: 'transposed', stride: 2, size: 3, filters: 2 },
  { kind: 'transposed', stride: 2, size: 3, filters: 32 },
] as const)('a $kind convolution of $size x $size, stride $stride, $filters filters', ({ kind, stride, size, filters }) => {
  const options = { kind, stride }
  const kernelOf = (): Tensor4D => random(kind === 'normal' ? [size, size, channels, filters] : [size, size, filters, channels], 9)

  test('is that of the parts joined by their channels', async () => {
    await expectNoLeak(tf, () => {
      tf.tidy(() => {
        const [input, kernel] = [parts(), kernelOf()]
        expectEqual(convolution(input, kernel, options), published(tf.concat(input, 3), kernel, options))
      })
    })
  })

  test('has the gradients of every part and of the kernel', async () => {
    await expectNoLeak(tf, () => {
      tf.tidy(() => {
        const gradients = tf.grads((a, b, kernel) => tf.square(convolution([a, b] as Tensor4D[], kernel as Tensor4D, options)))
        const expected = tf.grads((a, b, kernel) => tf.square(published(tf.concat([a, b], 3) as Tensor4D, kernel as Tensor4D, options)))
        const at = [...parts(), kernelOf()]
        const wanted = expected(at)
        for (const [index, gradient] of gradients(at).entries()) expectEqual(gradient, wanted[index]!)
      })
    })
  })
})

describe.each([
  { kind: 'normal', stride: 1, activation: 'relu6' },
  { kind: 'normal', stride: 2, activation: 'relu' },
  { kind: 'normal', stride: 1, activation: 'linear' },
  { kind: 'depthwise', stride: 1, activation: 'relu6' },
  { kind: 'depthwise', stride: 2, activation: 'relu6' },
  { kind: 'transposed', stride: 2, activation: 'relu6' },
  { kind: 'transposed', stride: 2, activation: 'linear' },
] as const)('a $kind convolution of stride $stride with bias and $activation', ({ kind, stride, activation }) => {
  const depth = kind === 'normal' ? 4 : kind === 'depthwise' ? channels : 2
  const inputs = (): Tensor[] => {
    const kernel = random(kind === 'normal' ? [3, 3, channels, 4] : kind === 'depthwise' ? [3, 3, channels, 1] : [3, 3, 2, channels], 9)
    // wide enough for both ends of relu6 to be met
    return [tf.mul(random([2, SIDE, SIDE, channels], 1), 4), kernel, tf.mul(random([1, 1, 1, depth], 5).flatten(), 4)]
  }
  const own = ([x, kernel, bias]: Tensor[]): Tensor =>
    convolution([x as Tensor4D], kernel as Tensor4D, { kind, stride }, { bias: bias!, activation })
  const chain = ([x, kernel, bias]: Tensor[]): Tensor => {
    const y = tf.add(published(x as Tensor4D, kernel as Tensor4D, { kind, stride }), bias!)
    return activation === 'linear' ? y : activation === 'relu' ? tf.relu(y) : tf.minimum(tf.relu(y), 6)
  }

  test('is the three one after the other, gradients too', async () => {
    await expectNoLeak(tf, () => {
      tf.tidy(() => {
        expectEqual(own(inputs()), chain(inputs()))
        const weights = random([1, 1, 1, depth], 7)
        const gradientsOf = (f: (all: Tensor[]) => Tensor): Tensor[] => tf.grads((...all) => tf.mul(f(all), weights))(inputs())
        const wanted = gradientsOf(chain)
        for (const [index, gradient] of gradientsOf(own).entries()) expectEqual(gradient, wanted[index]!)
      })
    })
  })

  test.runIf(process.arch === 'x64')('is one kernel of TensorFlow where it has one', () => {
    const executed = vi.spyOn(nativeBackend(), 'executeMultipleOutputs')
    executed.mockClear()
    tf.tidy(() => void own(inputs()))
    const fused = executed.mock.calls.map(([name]) => name).filter((name) => /Fused/.test(name))
    expect(fused.slice(-1)).toEqual({ normal: ['_FusedConv2D'], depthwise: ['_MklNativeFusedDepthwiseConv2dNative'], transposed: [] }[kind])
  })
})

test('the gradient of a part that wants none is not computed', () => {
  const backend = nativeBackend()
  const executed = vi.spyOn(backend, 'executeMultipleOutputs')
  /** Gradients of parts: a transposed convolution's is a convolution. */
  const computed = (wanted: 'kernel' | 'one part' | 'both parts'): number =>
    tf.tidy(() => {
      const [a, b] = parts() as [Tensor4D, Tensor4D]
      const kernel = random([3, 3, 4, channels], 9)
      executed.mockClear()
      if (wanted === 'kernel') tf.grad((x) => convolution([a, b], x as Tensor4D, { kind: 'transposed', stride: 2 }))(kernel)
      if (wanted === 'one part') tf.grad((x) => convolution([x as Tensor4D, b], kernel, { kind: 'transposed', stride: 2 }))(a)
      if (wanted === 'both parts') tf.grads((x, y) => convolution([x, y] as Tensor4D[], kernel, { kind: 'transposed', stride: 2 }))([a, b])
      return executed.mock.calls.filter(([name]) => name === 'Conv2D').length
    })
  expect([computed('kernel'), computed('one part'), computed('both parts')]).toEqual([0, 1, 2])
})
