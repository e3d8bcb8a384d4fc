import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { afterEach, describe, expect, test } from 'vitest'
import { decoderFilters } from '../../../networks/architectures.ts'
import { convolutionNorm, dropout, upsample, warmedMomentum } from '../../../networks/layers.ts'
import type { Pass } from '../../../networks/layers.ts'
import { FROZEN, Network } from '../../../networks/network.ts'
import type { NetworkSpec, TrainingMode } from '../../../networks/network.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { Weights } from '../../../networks/weights.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const LIGHT: NetworkSpec = {
  architecture: 'unet-mobilenetv2-light',
  encoder_alpha: 0.35,
  decoder_filters: [16, 16, 8, 8, 8],
  target: 'semantic+border',
}
const REFERENCE: NetworkSpec = {
  architecture: 'unet-mobilenetv2',
  encoder_alpha: 0.35,
  decoder_filters: [16, 16, 8, 8],
  target: 'semantic',
}
const mode = (trainFrom: number): TrainingMode => ({ trainFrom, encoderNorm: 'frozen', step: 3, dropout: { rate: 0, seed: 0 } })

const made: { dispose(): void }[] = []
function network(spec: NetworkSpec, seed = 1): Network {
  const built = new Network(spec, seed)
  made.push(built)
  built.build()
  return built
}
afterEach(() => {
  for (const one of made.splice(0)) one.dispose()
})

const images = (batch: number, side: number): Tensor4D => tf.randomUniform([batch, side, side, 3], -1, 1, 'float32', 5)
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))

describe('a network', () => {
  test.each([LIGHT, REFERENCE])('gives one vector of classes a pixel, for any multiple of 32 ($architecture)', async (spec) => {
    const built = network(spec)
    await expectNoLeak(tf, () => {
      for (const [height, width] of [
        [32, 32],
        [64, 96],
      ] as const) {
        tf.tidy(() => {
          const p = built.probabilities(tf.zeros([2, height, width, 3]))
          expect(p.shape).toEqual([2, height, width, built.classes])
          expect(furthest(tf.sum(p, 3).dataSync(), new Float32Array(2 * height * width).fill(1))).toBeLessThan(1e-5)
        })
      }
    })
  })

  test.each([0, 1, 7, 16, FROZEN])('gives the same whether the encoder runs in one piece or is trained from block %i', (trainFrom) => {
    const built = network(LIGHT)
    // moving averages that are not those of the start, or folding would be without effect
    for (const name of built.weights.names().filter((each) => each.endsWith('moving_variance'))) {
      built.weights.set(name, tf.randomUniform(built.weights.value(name).shape, 0.5, 2, 'float32', 3))
    }
    tf.tidy(() => {
      const x = images(1, 64)
      const whole = built.frozenFeatures(x, mode(FROZEN))
      const state = built.frozenFeatures(x, mode(trainFrom))
      const { moved } = built.trainingLogits(x, state, mode(trainFrom))
      for (const { mean, variance } of moved.values()) tf.dispose([mean, variance])
      // the decoder normalises by the batch while training, so compare what the encoder gives to it
      const again = built['encode'](built['pass']('frozen'), state, trainFrom, 16)
      expect(again.skips).toHaveLength(4)
      expect(furthest(again.x.dataSync(), whole.x.dataSync())).toBeLessThan(1e-3)
    })
  })

  test('trains nothing of a frozen encoder, and no norm statistics ever', () => {
    const built = network(REFERENCE)
    const frozen = built.trainable(mode(FROZEN))
    expect(frozen.every((name) => /^(decoder_|logits)/.test(name))).toBe(true)
    expect(frozen).toContain('decoder_0/kernel')
    expect(frozen).toContain('decoder_0_BN/gamma')
    const tuned = built.trainable(mode(14))
    expect(tuned).toContain('block_14_expand/kernel')
    expect(tuned).toContain('block_16_project_BN/beta')
    expect(tuned.some((name) => name.startsWith('block_13_'))).toBe(false)
    expect(tuned.some((name) => /moving_|block_.*gamma/.test(name))).toBe(false)
    const random = built.trainable({ ...mode(0), encoderNorm: 'train' })
    expect(random).toContain('Conv1/kernel')
    expect(random).toContain('bn_Conv1/gamma')
  })

  test('knows what decoder widths mean', () => {
    expect(decoderFilters('unet-mobilenetv2', '')).toEqual([512, 256, 128, 64])
    expect(decoderFilters('unet-mobilenetv2-light', '64-48-32-16')).toEqual([64, 48, 32, 16])
    expect(() => decoderFilters('unet-mobilenetv2', '64-0-32-16')).toThrow(/decoder_filters/)
    tf.tidy(() => {
      expect(network({ ...REFERENCE, decoder_filters: [8, 8, 8, 8, 8] }).logits(tf.zeros([1, 32, 32, 3])).shape).toEqual([1, 32, 32, 2])
      expect(network({ ...LIGHT, decoder_filters: [8, 8, 8, 8] }).logits(tf.zeros([1, 32, 32, 3])).shape).toEqual([1, 32, 32, 3])
    })
  })
})

describe('layers', () => {
  const pass = (weights: Weights, changes: Partial<Pass> = {}): Pass => ({
    weights,
    norm: 'infer',
    moved: new Map(),
    step: 0,
    dropout: undefined,
    ...changes,
  })

  test('a convolution with its norm folded in is the convolution, then the norm', () => {
    const weights = new Weights(2)
    made.push(weights)
    tf.tidy(() => {
      const x = images(1, 4)
      const kernel = weights.get('k', [1, 1, 3, 2], { kind: 'he', fanIn: 3, fanOut: 2 })
      const [gamma, beta, mean, variance] = [
        [2, 3],
        [0.5, -1],
        [0.25, -0.5],
        [4, 0.25],
      ] as const
      for (const [name, value] of Object.entries({ gamma, beta, moving_mean: mean, moving_variance: variance })) {
        weights.get(`n/${name}`, [2], { kind: 'ones' })
        weights.set(`n/${name}`, tf.tensor1d([...value]))
      }
      const y = convolutionNorm(pass(weights), x, {
        kind: 'normal',
        filters: 2,
        size: 1,
        stride: 1,
        activation: 'linear',
        kernelName: 'k',
        normName: 'n',
      })
      const plain = tf.conv2d(x, kernel as Tensor4D, 1, 'same').dataSync()
      const expected = Array.from(
        plain,
        (value, i) => ((value - mean[i % 2]!) / Math.sqrt(variance[i % 2]! + 1e-3)) * gamma[i % 2]! + beta[i % 2]!,
      )
      expect(furthest(y.dataSync(), expected)).toBeLessThan(1e-4)
    })
  })

  test('dropout repeats for (seed, step), changes with the step, and keeps the mean', () => {
    const weights = new Weights(0)
    tf.tidy(() => {
      const x: Tensor4D = tf.ones([1, 50, 50, 4])
      const at = (step: number, seed = 1): number[] => [
        ...dropout(pass(weights, { step, dropout: { rate: 0.25, seed } }), x, 'd').dataSync(),
      ]
      expect(at(3)).toEqual(at(3))
      expect(at(3)).not.toEqual(at(4))
      expect(at(3)).not.toEqual(at(3, 2))
      expect(new Set(at(3).map((value) => value.toFixed(4)))).toEqual(new Set(['0.0000', '1.3333']))
      expect(Math.abs(at(3).reduce((sum, value) => sum + value, 0) / 10_000 - 1)).toBeLessThan(0.05)
      expect(dropout(pass(weights), x, 'd')).toBe(x)
    })
  })

  test('upsample puts new pixels between centres', () => {
    tf.tidy(() => {
      const y = upsample(tf.tensor4d([0, 4], [1, 1, 2, 1]))
      expect([...y.dataSync()]).toEqual([0, 1, 3, 4, 0, 1, 3, 4])
    })
  })

  test('moving averages begin as means and settle at their momentum', () => {
    expect(warmedMomentum(0.99, 0)).toBeCloseTo(0.1)
    expect(warmedMomentum(0.99, 90)).toBeCloseTo(0.91)
    expect(warmedMomentum(0.99, 100_000)).toBe(0.99)
  })
})
