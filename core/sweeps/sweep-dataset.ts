import { previewSplit } from '../datasets/draw-split.ts'
import { ensureSplit } from '../datasets/ensure-split.ts'
import { resolveDatasetVersion } from '../datasets/resolve-dataset-version.ts'
import type { SweepSpec } from '../contracts/sweep-spec.ts'
import type { Side } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { fieldError } from './space.ts'

type DatasetFields = Pick<SweepSpec, 'dataset' | 'split_seed' | 'limit_images'>

/** What a sweep would train on. */
export interface SweepImages {
  versionId: string
  /** Images a run trains on and is validated on, after the sweep's limit. */
  trainImages: number
  valImages: number
}

export interface SweepDataset extends SweepImages {
  splitId: string
}

/**
 * The version that a sweep's `dataset` names, and how many images each run would have of it. Stores nothing: the form
 * asks at every pause in typing.
 * @throws AppError RESOURCE_DOES_NOT_EXIST beside the field `dataset`; INVALID_PARAMETER_VALUE where a side would be empty
 */
export async function sweepImages(spec: DatasetFields): Promise<SweepImages> {
  const version = await resolveDatasetVersion(spec.dataset).catch((thrown: unknown) => {
    if (!(thrown instanceof AppError)) throw thrown
    throw new AppError(thrown.code, thrown.message, { cause: thrown, details: { fields: { dataset: thrown.message } } })
  })
  const groups = await previewSplit(version.id, spec.split_seed)
  const count = (side: Side): number =>
    Math.min(
      groups.reduce((sum, group) => sum + (group.side === side ? group.imageKeys.length : 0), 0),
      spec.limit_images ?? Infinity,
    )
  const images = { versionId: version.id, trainImages: count('train'), valImages: count('val') }
  if (images.trainImages === 0 || images.valImages === 0) {
    throw fieldError(
      'dataset',
      `${spec.dataset} has too few independent images to split: ${images.trainImages} for training and ${images.valImages} for validation. Add images of other fields.`,
    )
  }
  return images
}

/**
 * What a sweep trains on: the version and the grouped split of its seed, made where it is missing.
 * @throws AppError as sweepImages
 */
export async function sweepDataset(spec: DatasetFields): Promise<SweepDataset> {
  const images = await sweepImages(spec)
  return { ...images, splitId: await ensureSplit(images.versionId, spec.split_seed) }
}
