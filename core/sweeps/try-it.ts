import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { recipeOf, REFERENCE_RUN_PARAMETERS } from '../contracts/run-parameters.ts'
import type { SweepSpecInput } from '../contracts/sweep-spec.ts'
import type { SweepView } from '../contracts/views.ts'
import { db } from '../db.ts'
import { env } from '../env.ts'
import { AppError } from '../errors.ts'
import { cancelJob } from '../jobs/cancel-job.ts'
import { createJob } from '../jobs/create-job.ts'
import { getJob } from '../jobs/get-job.ts'
import { createSweep } from './create-sweep.ts'

export const TRY_IT_DATASET = 'try-synthetic'
const IMAGES = 60
const SEED = 1
/** Where the trainer would fetch the encoder's weights; asked only whether it can be reached. */
const WEIGHTS_HOST = 'https://storage.googleapis.com'

const POLL_MS = 100
/** Drawing takes a trainer a few seconds; longer means that none is running, or that it does another job. */
const PATIENCE_MS = 30_000

/**
 * The first click of a newcomer: the synthetic dataset, which a trainer draws where it is missing (the same every time,
 * so twice is once), and a sweep of two quick runs on it.
 * @throws AppError TEMPORARILY_UNAVAILABLE when no trainer draws it within 30 seconds
 */
export async function startTryIt(actor: string, patienceMs = PATIENCE_MS): Promise<SweepView> {
  const [weights] = await Promise.all([weightsAtHand(), haveDataset(actor, patienceMs)])
  return createSweep(tryItSweep(weights), actor)
}

/** By a job, like every other dataset: scoring its images would hold up all that the web process serves meanwhile. */
async function haveDataset(actor: string, patienceMs: number): Promise<void> {
  if ((await db().datasetVersion.count({ where: { dataset: { name: TRY_IT_DATASET } } })) > 0) return
  const { job_id: id } = await createJob('synthetic', { name: TRY_IT_DATASET, images: IMAGES, seed: SEED }, actor)
  for (const end = Date.now() + patienceMs; ; await setTimeout(POLL_MS)) {
    const { status, error } = await getJob(id)
    if (status === 'finished') return
    if (status === 'failed' || status === 'cancelled')
      throw new AppError('TEMPORARILY_UNAVAILABLE', `The synthetic images were not drawn: ${error?.message ?? 'the job was cancelled'}`)
    if (Date.now() < end) continue
    await cancelJob(id).catch(() => undefined)
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      'No trainer was free to draw the synthetic images. Try again when its present job is done; `npx karyon doctor` says whether one runs.',
    )
  }
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
      ...recipeOf(REFERENCE_RUN_PARAMETERS),
      architecture: { value: 'unet-mobilenetv2-light' },
      encoder_alpha: { value: 0.35 },
      pretrained: { value: weights ? 'imagenet' : 'none' },
      image_size: { value: 128 },
      batch_size: { value: 8 },
      epochs: { value: 12 },
      learning_rate: { values: [0.003, 0.0003] },
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
