import { expect, test } from 'vitest'
import { samplesBySplit } from '../../app/predict/samples.ts'
import { sql } from '../../core/sql.ts'
import { getModel } from '../../model-registry/list-models.ts'
import { registerVersion } from '../../model-registry/register-version.ts'
import { seedTrainedRun } from '../helpers/seed-models.ts'
import { seedDataset } from '../helpers/seed-runs.ts'

/** Puts image `n` of the seeded dataset on the test side of a split, the other on the training side. */
async function splitWithTest(splitId: string, versionId: string, n: number): Promise<void> {
  const groups = await sql()<{ id: string }[]>`select id from image_group where dataset_version_id = ${versionId} order by name`
  for (const [i, { id }] of groups.entries()) {
    await sql()`insert into split_group (split_id, group_id, side) values (${splitId}, ${id}, ${i === n ? 'test' : 'train'})`
  }
}

test('test images are those of each version’s own split, and nothing tells what they hold', async () => {
  const dataset = await seedDataset()
  const versionId = dataset.datasetVersionId
  const [other] = await sql()<{ id: string }[]>`
    insert into split (dataset_version_id, seed, train_fraction, val_fraction, test_fraction) values (${versionId}, 1, 0.7, 0.15, 0.15) returning id`
  await splitWithTest(dataset.splitId, versionId, 0)
  await splitWithTest(other?.id ?? '', versionId, 1)
  for (const splitId of [dataset.splitId, other?.id ?? '']) {
    await registerVersion({ name: 'sampled', runId: await seedTrainedRun({ ...dataset, splitId }, { dice: [0.8] }), actor: 'tester' })
  }
  const samples = await samplesBySplit([await getModel('sampled')])
  const shown = (n: number, dataset: string | null | undefined) => [
    { imageId: imageIds[n], name: `i${n}`, dataset, stratum: 'fluorescence' },
  ]
  const { imageIds } = dataset
  const { dataset: ref } = (await getModel('sampled')).versions[0] ?? {}
  expect(samples).toEqual({ [dataset.splitId]: shown(0, ref), [other?.id ?? '']: shown(1, ref) })
})
