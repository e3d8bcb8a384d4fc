import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import type { EncoderState } from '../networks/mobilenet-v2.ts'
import { type Network, FROZEN } from '../networks/network.ts'
import { device, tf } from '../networks/tensorflow.ts'
import { cutPatch } from './augment/draw-patch.ts'
import { viewMap } from './augment/geometry.ts'
import { type Batch, type BatchParameters, viewsOf } from './batches.ts'
import type { SampleSource } from './data.ts'

/** Share of the memory that is free when training begins. */
const SHARE = 0.4

/**
 * What a frozen encoder makes of every training image, computed once. Only where there is an end of what an epoch can
 * show: whole images and their mirror images. It is all or nothing, and filled in the images' order before it is used, so
 * that a resumed run finds the very same numbers.
 *
 * It lives as long as a run's frozen epochs and is not shared through the disk with the other runs of a sweep, which are
 * processes of their own: to read the 2.5 MB of an image of 128 x 128 back takes 2 ms from the system's cache and 5 ms from
 * the disk, to compute them 3 ms.
 */
export class FeatureCache {
  /** By view: the skips, then the bottom. */
  private readonly views: Tensor4D[][] = []

  /** Joins a batch's features, for `trainStep`. */
  of({ views = [] }: Pick<Batch, 'views'>): () => EncoderState {
    return () => {
      const maps = this.views[0]!.map((_, at) =>
        tf.concat(
          views.map((view) => this.views[view]![at]!),
          0,
        ),
      )
      return { skips: maps.slice(0, -1), x: maps.at(-1)! }
    }
  }

  /** @param state of several views, in their order; stays the caller's */
  add(state: EncoderState): void {
    const parts = [...state.skips, state.x].map((map) => tf.split(map, map.shape[0], 0) as Tensor4D[])
    for (let at = 0; at < state.x.shape[0]; at++) this.views.push(parts.map((part) => tf.keep(part[at]!)))
  }

  dispose(): void {
    tf.dispose(this.views.flat())
    this.views.length = 0
  }
}

export interface FillOptions {
  signal: AbortSignal
  log: (line: string) => void
  /** Told in words how far it is. */
  onProgress: (message: string) => void
  /** Bytes that may be used. */
  memory?: number
}

/**
 * Fills a cache where one pays: fewer views than frozen epochs, and room for all of them.
 * @returns undefined where it does not; where it is for want of memory, that is logged
 */
export async function fillFeatureCache(
  network: Network,
  source: SampleSource,
  params: Pick<BatchParameters, 'sampling' | 'augmentation' | 'image_size' | 'batch_size'> & { epochs: number },
  { signal, log, onProgress, memory = process.availableMemory() * SHARE }: FillOptions,
): Promise<FeatureCache | undefined> {
  const views = viewsOf(params)
  if (views === undefined || params.epochs <= views || device() !== 'cpu') return undefined
  const { image_size: size } = params
  const total = source.count * views
  const needed = total * bytesOf(network, size)
  if (needed > memory) {
    log(
      `features of the frozen encoder are computed anew in every epoch: keeping them takes ${gigabytes(needed)}, and there is room for ${gigabytes(memory)}`,
    )
    return undefined
  }
  const started = performance.now()
  const cache = new FeatureCache()
  try {
    for (let begin = 0; begin < total; begin += params.batch_size) {
      signal.throwIfAborted()
      const count = Math.min(params.batch_size, total - begin)
      const inputs = new Float32Array(count * size * size * 3)
      for (let at = 0; at < count; at++) {
        const view = begin + at
        const sample = await source.get(Math.floor(view / views))
        inputs.set(cutPatch(sample, size, viewMap(view % views, size)).image, at * size * size * 3)
      }
      tf.tidy(() => cache.add(featuresOf(network, tf.tensor4d(inputs, [count, size, size, 3]))))
      onProgress(`computing the frozen encoder’s features, ${begin + count} of ${total}`)
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    log(`features of the frozen encoder are kept for its epochs; computing them took ${seconds} s`)
    return cache
  } catch (thrown) {
    cache.dispose()
    throw thrown
  }
}

function featuresOf(network: Network, images: Tensor4D): EncoderState {
  return network.frozenFeatures(images, { trainFrom: FROZEN, encoderNorm: 'frozen', step: 0, dropout: { rate: 0, seed: 0 } })
}

/** Of one view. */
function bytesOf(network: Network, size: number): number {
  return tf.tidy(() => {
    const { x, skips } = featuresOf(network, tf.zeros([1, size, size, 3]))
    return [x, ...skips].reduce((sum: number, map: Tensor) => sum + map.size * 4, 0)
  })
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`
}
