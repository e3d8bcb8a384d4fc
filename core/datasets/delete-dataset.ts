import { db } from '../db.ts'
import { AppError } from '../errors.ts'
import { removeUnused } from './blobs.ts'
import { forgetDecoded } from './decoded-cache.ts'

/**
 * Deletes a dataset with all its versions and the files that no other dataset uses.
 * @throws AppError RESOURCE_DOES_NOT_EXIST, RESOURCE_CONFLICT when runs, sweeps or models were made from it
 */
export async function deleteDataset(name: string): Promise<void> {
  const { keys, versions } = await db().$transaction(async (tx) => {
    const dataset = await tx.dataset.findUnique({ where: { name }, select: { id: true, datasetVersions: { select: { id: true } } } })
    if (dataset === null) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no dataset ${name}.`)
    const of = { datasetVersion: { datasetId: dataset.id } }
    const [runs, sweeps, models] = [
      await tx.run.count({ where: of }),
      await tx.sweep.count({ where: of }),
      await tx.modelVersion.count({ where: of }),
    ]
    if (runs + sweeps + models > 0) {
      throw new AppError(
        'RESOURCE_CONFLICT',
        `${name} is in use by ${runs} runs, ${sweeps} sweeps and ${models} model versions. Delete those first.`,
      )
    }
    const images = await tx.datasetImage.findMany({ where: of, select: { imageKey: true, labelKey: true } })
    await tx.dataset.delete({ where: { id: dataset.id } })
    return { keys: images.flatMap((image) => [image.imageKey, image.labelKey]), versions: dataset.datasetVersions }
  })
  await removeUnused([...new Set(keys)])
  await Promise.all(versions.map(({ id }) => forgetDecoded(id)))
}
