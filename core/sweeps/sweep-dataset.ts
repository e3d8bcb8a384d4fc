import { ensureSplit } from '../datasets/ensure-split.ts'
import { resolveDatasetVersion } from '../datasets/resolve-dataset-version.ts'
import type { SweepSpec } from '../contracts/sweep-spec.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { fieldError } from './space.ts'

export interface SweepDataset {
  versionId: string
  splitId: string
  /** Images a run trains on and is validated on, after the sweep's limit. */
  trainImages: number
  valImages: number
}

/**
 * What a sweep trains on: the version that its `dataset` names and the grouped split of its seed, made where it is missing.
 * @throws AppError RESOURCE_DOES_NOT_EXIST beside the field `dataset`; INVALID_PARAMETER_VALUE where a side would be empty
 */
export async function sweepDataset(spec: Pick<SweepSpec, 'dataset' | 'split_seed' | 'limit_images'>): Promise<SweepDataset> {
  const version = await resolveDatasetVersion(spec.dataset).catch((thrown: unknown) => {
    if (!(thrown instanceof AppError)) throw thrown
    throw new AppError(thrown.code, thrown.message, { cause: thrown, details: { fields: { dataset: thrown.message } } })
  })
  const splitId = await ensureSplit(version.id, spec.split_seed)
  const sides = await sql()<{ side: string; images: number }[]>`
    select g.side, count(*) as images from split_group g join dataset_image i on i.group_id = g.group_id
    where g.split_id = ${splitId} group by g.side`
  const images = (side: string): number => Math.min(sides.find((row) => row.side === side)?.images ?? 0, spec.limit_images ?? Infinity)
  const dataset = { versionId: version.id, splitId, trainImages: images('train'), valImages: images('val') }
  if (dataset.trainImages === 0 || dataset.valImages === 0) {
    throw fieldError(
      'dataset',
      `${spec.dataset} has too few independent images to split: ${dataset.trainImages} for training and ${dataset.valImages} for validation. Add images of other fields.`,
    )
  }
  return dataset
}
