import type { RunParameters } from '../core/contracts/run-parameters.ts'
import { drawPatch } from './augment/draw-patch.ts'
import type { Sample } from './augment/draw-patch.ts'
import { type Place, viewCount } from './augment/geometry.ts'
import { drawNucleus } from './augment/nuclei.ts'
import { randomFor, shuffled } from './augment/random-for.ts'
import { balanceStrata } from './balance.ts'
import type { DataImage, SampleSource } from './data.ts'
import { truthOf } from './truth.ts'

/** What one training step sees. */
export interface Batch {
  /** From 0, within the epoch. */
  index: number
  /** batch x size x size x 3, about -1..1. */
  inputs: Float32Array<ArrayBuffer>
  /** batch x size x size. */
  classes: Int32Array<ArrayBuffer>
  /** batch x size x size, where the loss weighs pixels. */
  weights: Float32Array<ArrayBuffer> | undefined
  imageIds: string[]
  /** Which view of which image each patch is, where the parameters have views: see `viewsOf`. */
  views: number[] | undefined
}

/** How many views a training image has, where every patch is one of a few views of a whole image: see `viewCount`. */
export function viewsOf({ sampling, augmentation }: Pick<BatchParameters, 'sampling' | 'augmentation'>): number | undefined {
  return sampling === 'resize' ? viewCount(augmentation) : undefined
}

/** Where training takes its batches from. One epoch at a time; one that is left early is abandoned. */
export interface BatchFeed {
  /** The batches of one epoch, numbered from 1: see `epochBatches`. */
  epoch(epoch: number): AsyncGenerator<Batch, void, undefined>
  close(): Promise<void>
}

export type BatchParameters = Pick<
  RunParameters,
  'image_size' | 'batch_size' | 'augmentation' | 'sampling' | 'balance' | 'foreground_crops' | 'target' | 'loss' | 'seed'
>

/** What of an image decides how often an epoch shows it. */
export type EpochImage = Pick<DataImage, 'width' | 'height' | 'stratum'>

/** Crops that an image gives in an epoch: what covers it, but no more than so many, or a few large images would be the epoch. */
const MOST_CROPS = 4

/** Image indices of an epoch before shuffling; an image that gives several crops occurs several times. */
export function epochImages(
  images: readonly Pick<DataImage, 'width' | 'height'>[],
  params: Pick<BatchParameters, 'sampling' | 'image_size'>,
): number[] {
  return images.flatMap(({ width, height }, index) => {
    const cover = Math.round((width * height) / params.image_size ** 2)
    return new Array<number>(params.sampling === 'crop' ? Math.min(MOST_CROPS, Math.max(1, cover)) : 1).fill(index)
  })
}

export function stepsPerEpoch(
  images: readonly Pick<DataImage, 'width' | 'height'>[],
  params: Pick<BatchParameters, 'sampling' | 'image_size' | 'batch_size'>,
): number {
  return Math.ceil(epochImages(images, params).length / params.batch_size)
}

/** Image indices of one epoch, before shuffling. */
function epochPool(images: readonly EpochImage[], params: BatchParameters, epoch: number): number[] {
  const pool = epochImages(images, params)
  if (params.balance === 'none') return pool
  return balanceStrata(
    pool,
    images.map(({ stratum }) => stratum),
    params.seed,
    epoch,
  )
}

/** Without crops over nuclei nothing is drawn here: a run without them sees the patches that it always saw. */
function drawPlace(sample: Sample, params: BatchParameters, random: () => number): Place {
  if (params.sampling === 'resize') return 'middle'
  if (params.foreground_crops === 0 || random() >= params.foreground_crops) return 'anywhere'
  return drawNucleus(sample, random) ?? 'anywhere'
}

/**
 * The batches of one epoch. Order and augmentation are drawn from (seed, epoch, place), so that a resumed run sees what it
 * would have seen. The last batch is filled up from the epoch's beginning: batch norm wants batches of one size.
 */
export async function* epochBatches(
  images: readonly EpochImage[],
  source: Pick<SampleSource, 'get'>,
  params: BatchParameters,
  epoch: number,
): AsyncGenerator<Batch, void, undefined> {
  const { image_size: size, batch_size: batchSize } = params
  const pool = epochPool(images, params, epoch)
  const order = shuffled(pool.length, randomFor(params.seed, epoch, 'order'))
  const steps = Math.ceil(pool.length / batchSize)
  const views = viewsOf(params)
  for (let index = 0; index < steps; index++) {
    const batch: Batch = {
      index,
      inputs: new Float32Array(batchSize * size * size * 3),
      classes: new Int32Array(batchSize * size * size),
      weights: params.loss === 'boundary_weighted' ? new Float32Array(batchSize * size * size) : undefined,
      imageIds: [],
      views: views === undefined ? undefined : [],
    }
    for (let at = 0; at < batchSize; at++) {
      const place = (index * batchSize + at) % pool.length
      const image = pool[order[place]!]!
      const sample = await source.get(image)
      const random = randomFor(params.seed, epoch, sample.id, index * batchSize + at)
      const patch = drawPatch(sample, size, params.augmentation, drawPlace(sample, params, random), random)
      batch.inputs.set(patch.image, at * size * size * 3)
      const truth = truthOf({ width: size, height: size, data: patch.labels }, params)
      batch.classes.set(truth.classes, at * size * size)
      if (truth.weights !== undefined) batch.weights?.set(truth.weights, at * size * size)
      batch.imageIds.push(sample.id)
      if (views !== undefined) batch.views?.push(image * views + patch.view)
    }
    yield batch
  }
}
