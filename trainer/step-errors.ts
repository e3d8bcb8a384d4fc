import type { Rank } from '@tensorflow/tfjs-node-gpu'
import { AppError } from '../core/errors.ts'
import type { Network } from '../networks/network.ts'
import { device, tf } from '../networks/tensorflow.ts'
import type { Batch } from './batches.ts'
import { trainingLoss } from './losses/loss.ts'
import type { StepOptions } from './train-step.ts'

/**
 * Runs a step; when memory is too little for it, tries smaller batches and says which one fits.
 * @throws AppError INSUFFICIENT_STORAGE with that batch size
 */
export function stepOrExplain<T>(network: Network, batch: Batch, options: StepOptions, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!isOutOfMemory(cause)) throw cause
    const size = batch.imageIds.length
    const side = Math.sqrt(batch.classes.length / size)
    const fits = largestThatFits(network, options, size, side)
    const advice =
      fits === undefined
        ? 'Not even one image fits: lower image_size, or take encoder_alpha 0.35.'
        : `batch_size ${fits} fits; so may a smaller image_size.`
    throw new AppError(
      'INSUFFICIENT_STORAGE',
      `The memory of the ${device() === 'gpu' ? 'GPU' : 'machine'} is too little for batches of ${size} images of ${side} x ${side}. ${advice}`,
      { cause },
    )
  }
}

export function isOutOfMemory(thrown: unknown): boolean {
  return (
    thrown instanceof Error && /OOM when allocating|out of memory|Resource exhausted|RESOURCE_EXHAUSTED|bad_alloc/i.test(thrown.message)
  )
}

function largestThatFits(network: Network, { mode, loss }: StepOptions, size: number, side: number): number | undefined {
  for (let tried = Math.floor(size / 2); tried >= 1; tried = Math.floor(tried / 2)) {
    try {
      tf.tidy(() => {
        const images = tf.zeros<Rank.R4>([tried, side, side, 3])
        const classes = tf.zeros([tried, side, side], 'int32')
        const { logits, moved } = network.trainingLogits(images, network.frozenFeatures(images, mode), mode)
        for (const { mean, variance } of moved.values()) tf.dispose([mean, variance])
        trainingLoss(loss, logits, classes, tf.ones([tried, side, side])).dataSync()
      })
      // the backward pass wants about as much again as the forward pass just had
      return Math.max(1, Math.floor(tried / 2))
    } catch (cause) {
      if (!isOutOfMemory(cause)) return undefined
    }
  }
  return undefined
}
