import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { SweepSpecInput } from '../contracts/sweep-spec.ts'
import type { SweepView } from '../contracts/views.ts'
import { createSyntheticDataset } from '../datasets/create-synthetic-dataset.ts'
import { env } from '../env.ts'
import { createSweep } from './create-sweep.ts'

export const TRY_IT_DATASET = 'try-synthetic'
const IMAGES = 60
const SEED = 1
/** Where the trainer would fetch the encoder's weights; asked only whether it can be reached. */
const WEIGHTS_HOST = 'https://storage.googleapis.com'

/**
 * The first click of a newcomer: the synthetic dataset, drawn now where it is missing (a second or two; the same every
 * time, so twice is once), and a sweep of two quick runs on it.
 */
export async function startTryIt(actor: string): Promise<SweepView> {
  const [weights] = await Promise.all([weightsAtHand(), createSyntheticDataset({ name: TRY_IT_DATASET, images: IMAGES, seed: SEED })])
  return createSweep(tryItSweep(weights), actor)
}

/**
 * Two runs of about a minute each on two CPU cores: small enough to watch, long enough to see curves bend. Without
 * ImageNet weights a newcomer's first click must not fail: a random start then, and the name says so.
 */
export function tryItSweep(weights: boolean): SweepSpecInput {
  return {
    name: weights ? 'Try it: synthetic nuclei' : 'Try it: synthetic nuclei (random start, no ImageNet weights here)',
    dataset: TRY_IT_DATASET,
    method: 'grid',
    metric: { name: 'val/dice', goal: 'maximize' },
    parameters: {
      architecture: { value: 'unet-mobilenetv2-light' },
      encoder_alpha: { value: 0.35 },
      pretrained: { value: weights ? 'imagenet' : 'none' },
      image_size: { value: 128 },
      batch_size: { value: 8 },
      epochs: { value: 12 },
      learning_rate: { values: [0.003, 0.0003] },
      augmentation: { value: 'flip' },
    },
  }
}

/** Whether the trainer will find the narrow encoder's weights: in the folder it was given, in the cache, or by download. */
async function weightsAtHand(): Promise<boolean> {
  const name = 'mobilenet_v2_0.35_no_top'
  const { pretrainedDir, cache } = env()
  const there = (folder: string): Promise<boolean> =>
    access(folder).then(
      () => true,
      () => false,
    )
  if (pretrainedDir !== undefined) return there(join(pretrainedDir, name))
  if (await there(join(cache, 'weights', name))) return true
  return fetch(WEIGHTS_HOST, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(2000) }).then(
    () => true,
    () => false,
  )
}
