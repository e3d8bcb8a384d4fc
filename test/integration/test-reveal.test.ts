import { expect, test } from 'vitest'
import { GET, POST } from '../../app/api/v1/runs/[run_id]/reveal-test/route.ts'
import { sql } from '../../core/sql.ts'
import { callRoute } from '../helpers/call-route.ts'
import { seedTrainedRun } from '../helpers/seed-models.ts'
import { seedDataset } from '../helpers/seed-runs.ts'

test('a run tells how often its test side was looked at, and its scores once revealed', async () => {
  const dataset = await seedDataset()
  const { datasetVersionId, splitId } = dataset
  const runId = await seedTrainedRun(dataset, { dice: [0.8, 0.9] })
  const path = `/runs/${runId}/reveal-test`
  const params = { run_id: runId }
  const read = async () => (await callRoute(GET, path, { params })).body
  expect(await read()).toEqual({ run_id: runId, looks: 0, scores: null, job: null })

  expect(await callRoute(POST, path, { method: 'POST', params, body: { reason: ' ' } })).toMatchObject({ status: 400 })
  const asked = await callRoute(POST, path, { method: 'POST', params, body: { reason: 'the paper' } })
  expect(asked).toMatchObject({ status: 202, body: { kind: 'reveal-test', payload: { run_id: runId, reason: 'the paper' } } })
  expect(await read()).toMatchObject({ scores: null, job: { job_id: asked.body['job_id'], status: 'queued' } })

  // A look at this version by anybody, and what the job leaves.
  const db = sql()
  await db`insert into test_look (dataset_version_id, split_id, reason, actor) values (${datasetVersionId}, ${splitId}, 'another', 'other')`
  await db`insert into test_look (dataset_version_id, split_id, run_id, reason, actor) values (${datasetVersionId}, ${splitId}, ${runId}, 'the paper', 'me')`
  const summary = { 'test/dice': 0.7, 'test/map': 0.3 }
  for (const [side, figures] of [
    ['test', summary],
    ['val', { 'val/dice': 0.85 }],
  ] as const) {
    await db`
      insert into evaluation (run_id, dataset_version_id, split_id, side, epoch, summary)
      values (${runId}, ${datasetVersionId}, ${splitId}, ${side}, 2, ${JSON.stringify(figures)}::text::jsonb)`
  }
  expect(await read()).toMatchObject({ looks: 2, scores: { epoch: 2, images: 0, metrics: summary } })
})
