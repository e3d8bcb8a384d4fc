import { execFileSync } from 'node:child_process'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { createSyntheticDataset } from '../../core/datasets/create-synthetic-dataset.ts'
import { ensureSplit } from '../../core/datasets/ensure-split.ts'
import { splitImages } from '../../core/datasets/split-images.ts'
import { getJob } from '../../core/jobs/get-job.ts'
import { getArtifactByName, listArtifacts } from '../../core/runs/artifacts.ts'
import { getTestReveal, revealTest } from '../../core/runs/reveal-test.ts'
import { getRunMasks } from '../../core/runs/run-masks.ts'
import { requestCancel, requestStop } from '../../core/runs/request.ts'
import { sql } from '../../core/sql.ts'
import { decodeGreyPng } from '../../core/datasets/grey-png.ts'
import { type AgentProcess, isRunning, startAgent } from '../helpers/agent-process.ts'
import { runState, seedSweep, type SeededDataset, until } from '../helpers/seed-runs.ts'

/** The real agent and the real child, on synthetic nuclei: small networks from a random start, so that nothing is downloaded. */
const SMALL = {
  architecture: 'unet-mobilenetv2-light',
  encoder_alpha: 0.35,
  pretrained: 'none',
  decoder_filters: '16-16-8-8-8',
  image_size: 32,
  batch_size: 4,
  target: 'semantic+border',
  learning_rate: 0.003,
} as const

let dataset: SeededDataset
let agents: AgentProcess[] = []

const start = (): AgentProcess => {
  const agent = startAgent('real')
  agents.push(agent)
  return agent
}

/** The process that trains: the agent's only child. */
function childOf(agent: AgentProcess): number | undefined {
  try {
    return (
      Number(
        execFileSync('ps', ['-o', 'pid=', '--ppid', String(agent.pid)])
          .toString()
          .trim()
          .split('\n')[0],
      ) || undefined
    )
  } catch {
    return undefined
  }
}

async function series(runId: string): Promise<Record<string, number[]>> {
  const rows = await sql()<{ key: string; values: number[] }[]>`
    select s.key, array_agg(p.value order by p.step, p.at) as values from metric_series s join metric_point p on p.series_id = s.id where s.run_id = ${runId} group by s.key`
  return Object.fromEntries(rows.map((row) => [row.key, row.values]))
}

beforeAll(async () => {
  const version = await createSyntheticDataset({ name: 'synthetic', images: 24, seed: 3 })
  const splitId = await ensureSplit(version.versionId, 0)
  const { val } = await splitImages(splitId)
  dataset = { datasetVersionId: version.versionId, splitId, imageIds: val.map((row) => row.id) }
})
beforeEach(async () => {
  await sql()`delete from sweep`
  await sql()`delete from trainer`
})
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') for (const agent of agents) console.log(agent.output())
  for (const agent of agents) agent.kill('SIGKILL')
  await Promise.all(agents.map((agent) => agent.ended))
  agents = []
})

describe('a run', () => {
  test('leaves points, scores of every validation image, maps, a model and checkpoints', async () => {
    const { runIds } = await seedSweep(dataset, 1, { ...SMALL, epochs: 3, fine_tune_epochs: 0 })
    const [runId = ''] = runIds
    start()
    const state = await until(async () => ((await runState(runId)).ended_at === null ? null : runState(runId)))
    expect(state).toMatchObject({ status: 'finished', epoch: 3 })
    const points = await series(runId)
    for (const key of [
      'train/loss',
      'train/accuracy',
      'train/learning_rate',
      'val/loss',
      'val/dice',
      'val/iou',
      'val/accuracy',
      'val/ap50',
      'val/map',
      'val/f1_50',
      'val/count_error',
      'val/merges',
      'val/splits',
      'perf/epoch_seconds',
      'perf/images_per_second',
    ]) {
      expect(points[key], key).toHaveLength(3)
    }
    expect(Object.keys(points).some((key) => key.startsWith('val/dice@'))).toBe(true)
    expect(Object.keys(points).filter((key) => key.startsWith('test/'))).toEqual([])
    expect(points['system/rss_mb']).toHaveLength(3)
    expect(points['train/batch_loss']?.length).toBeGreaterThan(0)
    const scores = await sql()`select epoch, image_id, ap50 from image_score where run_id = ${runId}`
    expect(scores).toHaveLength(3 * dataset.imageIds.length)

    const best = state.best_epoch ?? 0
    expect(points['val/dice']?.[best - 1]).toBe(state.best_value)
    const artifacts = await listArtifacts(runId)
    expect(artifacts.filter(({ kind }) => kind === 'checkpoint').map(({ epoch }) => epoch)).toEqual([2, 3])
    expect(artifacts.filter(({ kind }) => kind === 'model').map(({ name, epoch }) => [name, epoch])).toEqual([
      ['model/model.json', best],
      ['model/weights.bin', best],
    ])
    const masks = await getRunMasks(runId, { epoch: 'best', imageIds: 'all' })
    expect(
      masks.masks
        .filter(({ epoch }) => epoch === best)
        .map(({ image_id }) => image_id)
        .sort(),
    ).toEqual([...dataset.imageIds].sort())
    const [mask] = masks.masks
    const png = decodeGreyPng(
      await artifactStore().get(
        (await getArtifactByName(runId, `probability/epoch-${String(best).padStart(4, '0')}/${mask?.image_name}.png`)).key,
      ),
      1_000_000,
    )
    expect(png).toMatchObject({ width: mask?.width, height: mask?.height })
    const log = await getArtifactByName(runId, 'log.txt').catch(() => undefined)
    if (log !== undefined) expect((await artifactStore().get(log.key)).toString()).toContain('epoch 3/3')
  })

  test('goes on after its child was killed, and ends with the very figures of a run that was not', async () => {
    const { runIds } = await seedSweep(dataset, 2, {
      ...SMALL,
      epochs: 4,
      fine_tune_epochs: 0,
      seed: 5,
      augmentation: 'strong',
      dropout: 0.2,
    })
    const [killed = '', whole = ''] = runIds
    const agent = start()
    await until(async () => (await runState(killed)).epoch >= 2)
    const child = childOf(agent)
    expect(child).toBeDefined()
    process.kill(child ?? 0, 'SIGKILL')
    // the killed run waits a moment before it is tried again, so either may end first
    for (const runId of runIds) await until(async () => (await runState(runId)).ended_at !== null)
    expect(await runState(killed)).toMatchObject({ status: 'finished', epoch: 4 })
    expect((await runState(killed)).attempt).toBeGreaterThan(1)
    const [a, b] = [await series(killed), await series(whole)]
    for (const key of Object.keys(b).filter((name) => /^(val|train)\//.test(name) && name !== 'train/batch_loss'))
      expect(a[key], key).toEqual(b[key])
    const model = async (runId: string): Promise<Buffer> => {
      const bytes = await artifactStore().get((await getArtifactByName(runId, 'model/weights.bin')).key)
      // past the header, which names the run
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)))
    }
    expect((await model(killed)).equals(await model(whole))).toBe(true)
  })

  test('keeps its best model when it is stopped, and nothing runs on when it is cancelled', async () => {
    const { runIds } = await seedSweep(dataset, 2, { ...SMALL, epochs: 500, fine_tune_epochs: 0 })
    const [stopped = '', cancelled = ''] = runIds
    start()
    await until(async () => (await runState(stopped)).epoch >= 1)
    await requestStop(stopped, 'tester')
    await until(async () => (await runState(stopped)).ended_at !== null)
    expect((await runState(stopped)).status).toBe('finished')
    expect((await listArtifacts(stopped)).some(({ name }) => name === 'model/weights.bin')).toBe(true)
    await until(async () => (await runState(cancelled)).status === 'running')
    await requestCancel(cancelled, 'tester')
    await until(async () => (await runState(cancelled)).ended_at !== null)
    expect((await runState(cancelled)).status).toBe('cancelled')
  })

  test('leaves with its agent', async () => {
    const { runIds } = await seedSweep(dataset, 1, { ...SMALL, epochs: 500, fine_tune_epochs: 0 })
    const agent = start()
    await until(async () => (await runState(runIds[0] ?? '')).epoch >= 1)
    const child = childOf(agent) ?? 0
    agent.kill('SIGKILL')
    await until(() => !isRunning(child))
  })

  test('fails with the reason when its weights cannot be had', async () => {
    const { runIds } = await seedSweep(dataset, 1, { ...SMALL, pretrained: 'imagenet', epochs: 1 })
    const [runId = ''] = runIds
    process.env.KARYON_PRETRAINED_DIR = '/nowhere'
    try {
      start()
      await until(async () => (await runState(runId)).ended_at !== null)
    } finally {
      delete process.env.KARYON_PRETRAINED_DIR
    }
    const state = await runState(runId)
    expect(state.status).toBe('failed')
    expect(state.message).toMatch(/KARYON_PRETRAINED_DIR.*\/nowhere.*Three ways out/)
  })

  test('has its test side revealed once asked, with the look counted', async () => {
    const { runIds } = await seedSweep(dataset, 1, { ...SMALL, epochs: 1, fine_tune_epochs: 0 })
    const [runId = ''] = runIds
    start()
    await until(async () => (await runState(runId)).ended_at !== null)
    expect(await getTestReveal(runId)).toMatchObject({ looks: 0, scores: null, job: null })
    const job = await revealTest(runId, 'the paper is written', 'tester')
    const done = await until(async () => ((await getJob(job.job_id)).ended_at === null ? null : getJob(job.job_id)))
    expect(done.error).toBeNull()
    const looks = await sql()`select reason, actor from test_look where run_id = ${runId}`
    expect(looks).toEqual([{ reason: 'the paper is written', actor: 'tester' }])
    const [evaluation] = await sql()<{ side: string; summary: Record<string, number>; n: number }[]>`
      select side, summary, (select count(*) from evaluation_image where evaluation_id = e.id) as n from evaluation e where run_id = ${runId} and side = 'test'`
    const { test: testSide } = await splitImages(dataset.splitId)
    expect(evaluation?.side).toBe('test')
    expect(evaluation?.n).toBe(testSide.length)
    expect(evaluation?.summary['test/dice']).toBeGreaterThanOrEqual(0)
    expect(evaluation?.summary['test/map']).toBeGreaterThanOrEqual(0)
    const revealed = await getTestReveal(runId)
    expect(revealed).toMatchObject({
      looks: 1,
      scores: { epoch: 1, images: testSide.length, metrics: evaluation?.summary, baseline: { 'test/dice': expect.any(Number) } },
      job: { job_id: job.job_id, status: 'finished' },
    })
  })
})
