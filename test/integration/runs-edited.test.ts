import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { listJobs } from '../../core/jobs/get-job.ts'
import { claimRun } from '../../core/runs/claim-run.ts'
import { deleteRuns, queueExpiredDeletions, restoreRuns, runDeleteRunsJob } from '../../core/runs/delete-runs.ts'
import { openRunWriter } from '../../core/runs/run-writer.ts'
import { updateRun } from '../../core/runs/update-run.ts'
import { sql } from '../../core/sql.ts'
import { hexId, runState, seedDataset, seedSweep, seedTrainer } from '../helpers/seed-runs.ts'

const context = { jobId: hexId(), attempt: 1, report: () => undefined, signal: new AbortController().signal, actor: 'ada' }
const lifecycle = async (runId: string): Promise<string | undefined> => {
  const [row] = await sql()<{ lifecycle_stage: string }[]>`select lifecycle_stage from run where id = ${runId}`
  return row?.lifecycle_stage
}

/** A run that was trained to its end, with a file. */
async function finishedRun(): Promise<{ runId: string; folder: string }> {
  const { runIds } = await seedSweep(await seedDataset(), 1)
  const run = await claimRun(await seedTrainer())
  if (run === null || run.runId !== runIds[0]) throw new Error('another run was queued')
  const writer = await openRunWriter(run)
  await writer.artifact({ kind: 'file', name: 'notes.txt', bytes: Buffer.from('hello') })
  await writer.epoch({
    epoch: 1,
    step: 1,
    points: [{ key: 'val/dice', value: 1 }],
    imageScores: [],
    artifacts: [],
    best: null,
    imagesPerSecond: null,
    etaSeconds: null,
  })
  await writer.end('finished', '')
  return { runId: run.runId, folder: artifactStore().localPath(`runs/${run.runId}`) ?? '' }
}

test('a finished run can be renamed, annotated, starred and tagged', async () => {
  const { runId } = await finishedRun()
  await updateRun(runId, { name: 'better name', notes: 'why', starred: true, tags: { team: 'a', old: 'x' } })
  await updateRun(runId, { tags: { team: 'b', old: null } })
  const [row] = await sql()`select name, notes, starred from run where id = ${runId}`
  expect(row).toEqual({ name: 'better name', notes: 'why', starred: true })
  expect(await sql()`select key, value from tag where run_id = ${runId}`).toEqual([{ key: 'team', value: 'b' }])
  await expect(updateRun(hexId(), { notes: '' })).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
})

test('a deletion can be taken back; removed for good go rows and files', async () => {
  const { runId, folder } = await finishedRun()
  await deleteRuns([runId], 'ada')
  expect(await lifecycle(runId)).toBe('deleted')
  await restoreRuns([runId])
  expect(await lifecycle(runId)).toBe('active')
  expect(await runDeleteRunsJob({ run_ids: [runId] }, context), 'restored meanwhile').toEqual({ removed: 0, left: 1 })
  expect(existsSync(folder)).toBe(true)
  await deleteRuns([runId], 'ada')
  expect(await runDeleteRunsJob({ run_ids: [runId] }, context)).toEqual({ removed: 1, left: 0 })
  expect(await lifecycle(runId)).toBeUndefined()
  expect(existsSync(folder)).toBe(false)
  expect(await runDeleteRunsJob({ run_ids: [runId] }, context), 'done again after a crash').toEqual({ removed: 0, left: 1 })
})

test('one unknown run and nothing is deleted; a queued one is cancelled', async () => {
  const { runIds } = await seedSweep(await seedDataset(), 1)
  const runId = runIds[0] ?? ''
  await expect(deleteRuns([runId, hexId()], 'ada')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  expect(await runState(runId)).toMatchObject({ status: 'queued' })
  await deleteRuns([runId], 'ada')
  expect(await runState(runId)).toMatchObject({ status: 'cancelled' })
})

test('runs deleted 30 days ago are queued for removal, once', async () => {
  await sql()`delete from sweep`
  const { runId } = await finishedRun()
  await deleteRuns([runId], 'ada')
  await queueExpiredDeletions()
  expect(await listJobs({ kind: 'delete-runs' })).toEqual([])
  await sql()`update run set deleted_at = now() - interval '31 days' where id = ${runId}`
  await queueExpiredDeletions()
  await queueExpiredDeletions()
  expect(await listJobs({ kind: 'delete-runs' })).toMatchObject([{ payload: { run_ids: [runId] }, status: 'queued' }])
})
