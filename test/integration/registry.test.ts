import { beforeAll, expect, test } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { getDatasetVersion } from '../../core/datasets/get-dataset.ts'
import { listJobs } from '../../core/jobs/get-job.ts'
import { getTunedPostprocess } from '../../core/runs/tuned-postprocess.ts'
import { sql } from '../../core/sql.ts'
import { deleteVersion } from '../../model-registry/delete-version.ts'
import { getHistory } from '../../model-registry/history.ts'
import { getModel, getModelVersion, listModels } from '../../model-registry/list-models.ts'
import { promote } from '../../model-registry/promote.ts'
import { registerVersion } from '../../model-registry/register-version.ts'
import { reviewPromotion } from '../../model-registry/review.ts'
import { rollback, rollbackTarget } from '../../model-registry/rollback.ts'
import { addModelFiles, seedTrainedRun, tuneSeededRun } from '../helpers/seed-models.ts'
import { hexId, type SeededDataset, seedDataset, seedSweep } from '../helpers/seed-runs.ts'

const actor = 'tester'
let dataset: SeededDataset

beforeAll(async () => {
  dataset = await seedDataset()
  // A test side, so that registering is a look at it.
  const db = sql()
  const [group] = await db<
    { id: string }[]
  >`insert into image_group (dataset_version_id, name) values (${dataset.datasetVersionId}, 'held out') returning id`
  await db`insert into split_group (split_id, group_id, side) values (${dataset.splitId}, ${group?.id ?? ''}, 'test')`
})

test('a version owns a copy of the best model, which outlives the run', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.8, 0.9] })
  const version = await registerVersion({ name: 'owner', runId, actor, notes: 'first' })
  expect(version).toMatchObject({
    name: 'owner',
    version: '1',
    run_id: runId,
    epoch: 2,
    notes: 'first',
    created: true,
    created_by: actor,
    aliases: [],
  })
  expect(version.metrics['val/dice']).toBeCloseTo(0.85, 6)
  expect(version.params['architecture']).toBe('unet-mobilenetv2')

  const db = sql()
  const [{ folder } = { folder: '' }] = await db<{ folder: string }[]>`select folder from model_version where run_id = ${runId}`
  await db`delete from run where id = ${runId}`
  await artifactStore().deleteAll(`runs/${runId}`)
  expect((await artifactStore().get(`${folder}/weights.bin`)).toString()).toBe(`weights of ${runId} at 2`)
  expect(await getModelVersion('owner', 1)).toMatchObject({ run_id: null, run_name: null, epoch: 2 })
})

test('registering counts a look at the test set and queues its scoring, once a version', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.8, 0.9] })
  await registerVersion({ name: 'looks', runId, actor })
  await registerVersion({ name: 'looks', runId, actor })
  const looks = await sql()<{ reason: string }[]>`select reason from test_look where run_id = ${runId}`
  expect(looks.map((look) => look.reason)).toEqual(['registered as looks version 1'])
  const jobs = (await listJobs({ kind: 'evaluate' })).filter((job) => job.payload['split_id'] === dataset.splitId)
  const [{ id } = { id: '' }] = await sql()<{ id: string }[]>`select id from model_version where run_id = ${runId}`
  expect(jobs.filter((job) => job.payload['model_version_id'] === id)).toMatchObject([{ status: 'queued', payload: { side: 'test' } }])
})

test('looks are counted over every split of a dataset version', async () => {
  const seen = await seedDataset()
  const [other] = await sql()<{ id: string }[]>`insert into split (dataset_version_id, seed, train_fraction, val_fraction, test_fraction)
    values (${seen.datasetVersionId}, 1, 0.7, 0.15, 0.15) returning id`
  await sql()`insert into test_look (dataset_version_id, split_id, reason, actor) values (${seen.datasetVersionId}, ${seen.splitId}, 'curious', 'ada')`
  const runId = await seedTrainedRun({ ...seen, splitId: other?.id ?? '' }, { dice: [0.8, 0.9] })
  expect((await reviewPromotion({ model: 'unseen', runId })).test_looks).toBe(1)
  expect((await getDatasetVersion(seen.datasetVersionId)).test_looks).toBe(1)
})

test('a run registered again is the version that it is, until it has a better epoch', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.8, 0.9], finished: false })
  expect(await registerVersion({ name: 'again', runId, actor })).toMatchObject({ version: '1', created: true })
  expect(await registerVersion({ name: 'again', runId, actor })).toMatchObject({ version: '1', created: false })
  await addModelFiles(runId, 5)
  expect(await registerVersion({ name: 'again', runId, actor })).toMatchObject({ version: '2', epoch: 5, created: true })
  expect((await getModel('again')).versions.map((v) => [v.version, v.epoch])).toEqual([
    ['2', 5],
    ['1', 2],
  ])
})

test('two who register at once get two versions, or one and the same', async () => {
  const runs = await Promise.all([seedTrainedRun(dataset, { dice: [0.5, 0.5] }), seedTrainedRun(dataset, { dice: [0.6, 0.6] })])
  const versions = await Promise.all([...runs, ...runs].map((runId) => registerVersion({ name: 'race', runId, actor })))
  expect(versions.filter((v) => v.created)).toHaveLength(2)
  expect(new Set(versions.map((v) => v.version))).toEqual(new Set(['1', '2']))
})

test('what has no model of its own is refused, and nothing is left of the attempt', async () => {
  const {
    runIds: [queued = ''],
  } = await seedSweep(dataset, 1)
  await expect(registerVersion({ name: 'refused', runId: queued, actor })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('wait for its first epoch'),
  })
  await expect(registerVersion({ name: 'refused', runId: hexId(), actor })).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  const [{ id: external } = { id: '' }] = await sql()<
    { id: string }[]
  >`insert into run (experiment_id, name, source) values (0, 'foreign', 'external') returning id`
  await sql()`insert into run_state (run_id) values (${external})`
  await expect(registerVersion({ name: 'refused', runId: external, actor })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('another program'),
  })
  const broken = await seedTrainedRun(dataset, {
    dice: [0.5, 0.5],
    files: { 'model.json': Buffer.from('{}'), 'weights.bin': Buffer.from('w') },
  })
  await expect(registerVersion({ name: 'refused', runId: broken, actor })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('model.json'),
  })
  await expect(registerVersion({ name: 'a/b', runId: broken, actor })).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  await expect(getModel('refused')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  expect(await artifactStore().list('models/refused')).toEqual([])
})

test('what a killed registration left is removed by the next one', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.5, 0.5] })
  await artifactStore().put('models/leftover/1-deadbeef/weights.bin', Buffer.from('half'))
  await registerVersion({ name: 'leftover', runId, actor })
  const keys = await artifactStore().list('models/leftover')
  expect(keys).toHaveLength(2)
  expect(keys.some((key) => key.includes('deadbeef'))).toBe(false)
})

async function threeVersions(name: string): Promise<void> {
  for (const dice of [0.6, 0.7, 0.8])
    await registerVersion({ name, runId: await seedTrainedRun(dataset, { dice: [dice, dice + 0.1] }), actor })
}

test('promotion and rollback move the alias and write a history with evidence that cannot be changed', async () => {
  await threeVersions('nuclei')
  const heard: string[] = []
  const { unlisten } = await sql().listen('karyon_model', (payload) => heard.push(payload))
  await promote({ name: 'nuclei', version: 1, reason: 'the first', actor })
  await promote({ name: 'nuclei', version: '2', reason: 'better Dice', actor, expectedVersion: '1' })
  const model = await promote({ name: 'nuclei', version: 3, reason: 'better still', actor })
  expect(model.aliases).toEqual({ champion: '3' })

  expect((await rollback({ name: 'nuclei', reason: 'merges in histology', actor: 'other' })).aliases).toEqual({ champion: '2' })
  expect((await rollback({ name: 'nuclei', reason: 'and further', actor: 'other' })).aliases).toEqual({ champion: '1' })
  await expect(rollback({ name: 'nuclei', reason: 'too far', actor })).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
  expect((await promote({ name: 'nuclei', version: 3, reason: 'after all', actor })).aliases).toEqual({ champion: '3' })
  expect((await rollback({ name: 'nuclei', reason: 'no', actor })).aliases).toEqual({ champion: '1' })

  const history = await getHistory('nuclei')
  expect(history.map((e) => [e.kind, e.from_version, e.to_version, e.reason, e.actor])).toEqual([
    ['rollback', '3', '1', 'no', actor],
    ['promote', '1', '3', 'after all', actor],
    ['rollback', '2', '1', 'and further', 'other'],
    ['rollback', '3', '2', 'merges in histology', 'other'],
    ['promote', '2', '3', 'better still', actor],
    ['promote', '1', '2', 'better Dice', actor],
    ['promote', null, '1', 'the first', actor],
  ])
  expect(history[5]?.evidence).toMatchObject({ comparable: { ok: true }, difference: { metric: 'val/dice' }, champion: { version: '1' } })
  await expect(sql()`update promotion_event set reason = 'rewritten'`).rejects.toThrow(/append-only/)
  expect(heard.length).toBe(7)
  expect(new Set(heard)).toEqual(new Set(['nuclei']))
  await unlisten()
})

test('what a rollback would lead to is told before it is done', async () => {
  await threeVersions('told')
  expect(await rollbackTarget('told')).toBeNull()
  for (const version of [1, 2, 3]) await promote({ name: 'told', version, reason: 'better', actor })
  expect(await rollbackTarget('told')).toBe('2')
  await rollback({ name: 'told', reason: 'merges', actor })
  // Not to version 3, from which the alias has just come.
  expect(await rollbackTarget('told')).toBe('1')
  await rollback({ name: 'told', reason: 'merges', actor })
  expect(await rollbackTarget('told')).toBeNull()
})

test('a decision made on an outdated view changes nothing', async () => {
  await threeVersions('stale')
  await promote({ name: 'stale', version: 1, reason: 'first', actor, expectedVersion: null })
  await promote({ name: 'stale', version: 2, reason: 'second', actor })
  await expect(promote({ name: 'stale', version: 3, reason: 'saw version 1', actor, expectedVersion: 1 })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
  })
  await expect(rollback({ name: 'stale', reason: 'saw version 1', actor, expectedVersion: 1 })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
  })
  await expect(promote({ name: 'stale', version: 2, reason: 'again', actor })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('already'),
  })
  expect((await getModel('stale')).aliases).toEqual({ champion: '2' })
  expect(await getHistory('stale')).toHaveLength(2)
})

test.each([
  [{ alias: 'latest' }, 'latest'],
  [{ alias: 'v3' }, 'version number'],
  [{ alias: 'Gold' }, 'small letter'],
  [{ reason: '  ' }, 'reason'],
  [{ version: 'x' }, 'version'],
])('promotion refuses %j', async (bad, said) => {
  await threeVersions(`bad-${said.replace(' ', '-')}`)
  await expect(promote({ name: `bad-${said.replace(' ', '-')}`, version: 1, reason: 'why', actor, ...bad })).rejects.toMatchObject({
    code: 'INVALID_PARAMETER_VALUE',
    message: expect.stringContaining(said),
  })
})

test('unknown models and versions are named, with those there are', async () => {
  await threeVersions('known')
  await expect(promote({ name: 'unknown', version: 1, reason: 'why', actor })).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  await expect(promote({ name: 'known', version: 9, reason: 'why', actor })).rejects.toMatchObject({
    code: 'RESOURCE_DOES_NOT_EXIST',
    message: expect.stringContaining('1, 2, 3'),
  })
  expect((await listModels()).map((m) => m.name)).toContain('known')
})

test('a version is deleted with its files, unless an alias or the history needs it', async () => {
  await threeVersions('pruned')
  await promote({ name: 'pruned', version: 1, reason: 'first', actor })
  await promote({ name: 'pruned', version: 2, reason: 'second', actor })
  await expect(deleteVersion({ name: 'pruned', version: 2 })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('champion'),
  })
  await expect(deleteVersion({ name: 'pruned', version: 1 })).rejects.toMatchObject({
    code: 'RESOURCE_CONFLICT',
    message: expect.stringContaining('history'),
  })
  await deleteVersion({ name: 'pruned', version: 3 })
  expect((await getModel('pruned')).versions.map((v) => v.version)).toEqual(['2', '1'])
  expect(await artifactStore().list('models/pruned')).toHaveLength(4)
})

test('a review sets the candidate beside the champion, or says why it cannot', async () => {
  const champion = await seedTrainedRun(dataset, { dice: [0.6, 0.9] })
  const candidate = await seedTrainedRun(dataset, { dice: [0.8, 0.85] })
  const first = await reviewPromotion({ model: 'reviewed', runId: champion })
  expect(first).toMatchObject({
    champion: null,
    comparable: { ok: false },
    difference: null,
    candidate: { run_id: champion, version: null },
  })

  await registerVersion({ name: 'reviewed', runId: champion, actor })
  await promote({ name: 'reviewed', version: 1, reason: 'first', actor })
  const review = await reviewPromotion({ model: 'reviewed', runId: candidate })
  expect(review).toMatchObject({ comparable: { ok: true }, champion: { version: '1' }, strata: [{ stratum: 'fluorescence', n: 2 }] })
  expect(review.difference?.mean).toBeCloseTo(0.075, 5)
  expect(review.difference?.tied).toBe(true)
  expect(review.improved.map((image) => image.image_id)).toEqual([dataset.imageIds[0]])
  expect(review.worsened.map((image) => image.image_id)).toEqual([dataset.imageIds[1]])
  expect(review.test_looks).toBeGreaterThan(0)

  const elsewhere = await seedTrainedRun(await seedDataset(), { dice: [0.9, 0.9] })
  expect(await reviewPromotion({ model: 'reviewed', runId: elsewhere })).toMatchObject({
    comparable: { ok: false, reason: expect.stringContaining('validated on') },
    difference: null,
    improved: [],
  })
})

test('the champion of a deleted run is reviewed by its evaluation', async () => {
  const champion = await seedTrainedRun(dataset, { dice: [0.6, 0.9] })
  await registerVersion({ name: 'orphan', runId: champion, actor })
  await promote({ name: 'orphan', version: 1, reason: 'first', actor })
  const db = sql()
  const [{ id } = { id: '' }] = await db<{ id: string }[]>`select id from model_version where run_id = ${champion}`
  const [evaluation] = await db<{ id: string }[]>`
    insert into evaluation (model_version_id, dataset_version_id, split_id, side, summary)
    values (${id}, ${dataset.datasetVersionId}, ${dataset.splitId}, 'val', '{"val/dice": 0.75}') returning id`
  for (const [n, dice] of [0.6, 0.9].entries()) {
    await db`insert into evaluation_image values (${evaluation?.id ?? ''}, ${dataset.imageIds[n] ?? ''}, ${JSON.stringify({ dice })}::text::jsonb)`
  }
  await db`delete from run where id = ${champion}`
  const candidate = await seedTrainedRun(dataset, { dice: [0.7, 0.95] })
  const review = await reviewPromotion({ model: 'orphan', runId: candidate })
  expect(review).toMatchObject({ comparable: { ok: true }, champion: { run_name: 'deleted run' } })
  expect(review.difference?.mean).toBeCloseTo(0.075, 5)
})

test('tuned scores are compared with tuned ones, default ones with default ones', async () => {
  const champion = await seedTrainedRun(dataset, { dice: [0.6, 0.9], finished: false })
  const candidate = await seedTrainedRun(dataset, { dice: [0.7, 0.95], finished: false })
  expect(await registerVersion({ name: 'tuned', runId: champion, actor })).toMatchObject({
    version: '1',
    spec: { postprocess_tuned: false },
  })
  await promote({ name: 'tuned', version: 1, reason: 'first', actor })
  const postprocess = await tuneSeededRun(candidate, dataset, [0.8, 0.98])
  expect(await getTunedPostprocess(champion)).toBeNull()
  expect(await getTunedPostprocess(candidate)).toEqual({
    epoch: 2,
    images: 2,
    tuned: { postprocess, dice: 0.89, ap50: 0.7, map: 0.5 },
    default: { postprocess: expect.objectContaining({ threshold: 0.5 }), dice: 0.5, ap50: 0.4, map: 0.3 },
  })
  // The champion was not tuned: both by the defaults.
  const mixed = await reviewPromotion({ model: 'tuned', runId: candidate })
  expect(mixed).toMatchObject({ postprocess: 'default', comparable: { ok: true } })
  expect(mixed.difference?.mean).toBeCloseTo(0.075, 5)
  expect(mixed.candidate.metrics['val/dice']).toBeCloseTo(0.825, 5)

  // Tuned later, the run gives another version; the first goes on being what it was.
  await tuneSeededRun(champion, dataset, [0.65, 0.93])
  expect((await reviewPromotion({ model: 'tuned', runId: candidate })).postprocess).toBe('default')
  expect(await registerVersion({ name: 'tuned', runId: champion, actor })).toMatchObject({
    version: '2',
    created: true,
    spec: { postprocess, postprocess_tuned: true },
  })
  expect(await registerVersion({ name: 'tuned', runId: champion, actor })).toMatchObject({ version: '2', created: false })
  await promote({ name: 'tuned', version: 2, reason: 'tuned', actor })
  const tuned = await reviewPromotion({ model: 'tuned', runId: candidate })
  expect(tuned).toMatchObject({ postprocess: 'tuned', candidate: { metrics: { 'val/dice': 0.89, 'val/map': 0.5 } } })
  expect(tuned.champion?.metrics['val/dice']).toBeCloseTo(0.79, 6)
  expect(tuned.difference?.mean).toBeCloseTo(0.1, 5)

  // The version owns its tuned scores, so they outlive the run.
  await sql()`delete from run where id = ${champion}`
  const orphan = await reviewPromotion({ model: 'tuned', runId: candidate })
  expect(orphan.postprocess).toBe('tuned')
  expect(orphan.difference?.mean).toBeCloseTo(0.1, 5)
})
