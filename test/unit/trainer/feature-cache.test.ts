import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FROZEN, Network } from '../../../networks/network.ts'
import { tf } from '../../../networks/tensorflow.ts'
import type { Sample } from '../../../trainer/augment/draw-patch.ts'
import { type BatchParameters, epochBatches } from '../../../trainer/batches.ts'
import { FeatureCache, fillFeatureCache } from '../../../trainer/feature-cache.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const SIZE = 32
const SAMPLES: Sample[] = ['a', 'b', 'c'].map((id, seed) => {
  let state = seed + 1
  const pixels = Uint8Array.from({ length: SIZE * SIZE * 3 }, () => (state = (state * 48271) % 2147483647) & 255)
  return { id, width: SIZE, height: SIZE, pixels, labels: new Uint16Array(SIZE * SIZE) }
})
const source = { count: SAMPLES.length, get: (index: number) => Promise.resolve(SAMPLES[index]!), held: () => SAMPLES }
const PARAMS: BatchParameters & { epochs: number } = {
  epochs: 10,
  image_size: SIZE,
  batch_size: 2,
  augmentation: 'flip',
  sampling: 'resize',
  balance: 'none',
  foreground_crops: 0,
  target: 'semantic',
  loss: 'cross_entropy',
  seed: 3,
}
const options = { signal: new AbortController().signal, log: () => {}, onProgress: () => {} }

let network: Network
beforeAll(() => {
  network = new Network({ architecture: 'unet-mobilenetv2', encoder_alpha: 0.35, decoder_filters: [8, 8, 8, 8], target: 'semantic' }, 1)
  network.build()
})
afterAll(() => network.dispose())

describe('features of a frozen encoder', () => {
  test('are those that it gives for the patches of an epoch, and leave nothing behind', async () => {
    const images = SAMPLES.map(({ width, height }) => ({ width, height, stratum: 'x' }))
    await expectNoLeak(tf, async () => {
      const cache = await fillFeatureCache(network, source, PARAMS, options)
      if (!(cache instanceof FeatureCache)) throw new Error('no cache')
      const seen = new Set<number>()
      for (const epoch of [1, 2, 3, 4, 5]) {
        for await (const batch of epochBatches(images, source, PARAMS, epoch)) {
          const views = batch.views ?? []
          views.forEach((view) => seen.add(view))
          tf.tidy(() => {
            const image = tf.tensor4d(batch.inputs, [2, SIZE, SIZE, 3])
            const mode = { trainFrom: FROZEN, encoderNorm: 'frozen', step: 0, dropout: { rate: 0, seed: 0 } } as const
            const [known, fresh] = [cache.of(batch)(), network.frozenFeatures(image, mode)]
            const maps = (state: { x: Tensor4D; skips: Tensor4D[] }): Tensor4D[] => [state.x, ...state.skips]
            for (const [at, map] of maps(known).entries()) {
              const difference = tf.max(tf.abs(tf.sub(map, maps(fresh)[at]!))).dataSync()[0]!
              expect(difference).toBeLessThan(1e-5)
            }
          })
        }
      }
      // mirror images of the same image are other views
      expect(seen.size).toBeGreaterThan(2 * SAMPLES.length)
      cache.dispose()
    })
  })

  test('are not kept where an epoch can show ever new patches, nor for fewer epochs than views', async () => {
    expect(await fillFeatureCache(network, source, { ...PARAMS, augmentation: 'standard' }, options)).toBeUndefined()
    expect(await fillFeatureCache(network, source, { ...PARAMS, sampling: 'crop' }, options)).toBeUndefined()
    expect(await fillFeatureCache(network, source, { ...PARAMS, epochs: 4 }, options)).toBeUndefined()
  })

  test('say why they are not kept where memory is short', async () => {
    const lines: string[] = []
    const log = (line: string): void => void lines.push(line)
    expect(await fillFeatureCache(network, source, PARAMS, { ...options, log, memory: 1000 })).toBeUndefined()
    expect(lines.join('\n')).toMatch(/anew in every epoch: keeping them takes 0\.\d GB/)
  })

  test('can be given up on the way, and then leave nothing behind', async () => {
    await expectNoLeak(tf, async () => {
      const abort = new AbortController()
      const filling = fillFeatureCache(network, source, PARAMS, {
        ...options,
        signal: abort.signal,
        onProgress: (message) => message.includes(' 4 of ') && abort.abort(new Error('enough')),
      })
      await expect(filling).rejects.toThrow('enough')
    })
  })
})
