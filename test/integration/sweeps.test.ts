import { beforeEach, describe, expect, it } from 'vitest'
import type { SweepSpecInput } from '../../core/contracts/sweep-spec.ts'
import { claimJob } from '../../core/jobs/claim-job.ts'
import { finishJob } from '../../core/jobs/end-job.ts'
import { listJobs } from '../../core/jobs/get-job.ts'
import { sql } from '../../core/sql.ts'
import { cancelSweep, pauseSweep, resumeSweep } from '../../core/sweeps/control.ts'
import { createSweep } from '../../core/sweeps/create-sweep.ts'
import { estimateSweep } from '../../core/sweeps/estimate.ts'
import { getSweep } from '../../core/sweeps/get-sweep.ts'
import { getLeaderboard } from '../../core/sweeps/leaderboard.ts'
import { listSweeps } from '../../core/sweeps/list-sweeps.ts'
import { scheduleSweeps } from '../../core/sweeps/schedule.ts'
import { validateSweep } from '../../core/sweeps/validate-sweep.ts'
import { startTryIt, TRY_IT_DATASET } from '../../core/sweeps/try-it.ts'
import { seedTrainer, until } from '../helpers/seed-runs.ts'
import { logPoints, seedStudy, setStatus } from '../helpers/seed-study.ts'

let dataset = ''
beforeEach(async () => {
  await sql()`update sweep set state = 'cancelled', ended_at = now() where state in ('running', 'paused')`
  await sql()`delete from trainer`
  dataset = (await seedStudy()).name
})

const make = (spec: Partial<SweepSpecInput>) => createSweep({ name: 's', dataset, ...spec }, 'tester')
const runsOf = async (sweepId: string) =>
  sql()<{ id: string; ordinal: number; name: string; status: string; request: string | null }[]>`
    select r.id, r.ordinal, r.name, s.status, s.request from run r join run_state s on s.run_id = r.id where r.sweep_id = ${sweepId} order by r.ordinal`
const slots = (count: number) =>
  sql()`insert into trainer (name, host, pid, slots, device, version) values ('t', 'h', 1, ${count}, 'cpu', '0')`
const dice = (runId: string, values: number[]) =>
  logPoints(
    runId,
    'val/dice',
    values.map((value, i) => ({ step: i + 1, value })),
  )

describe('creating a sweep', () => {
  it('writes the sweep and all runs of a grid at once', async () => {
    const sweep = await make({
      experiment: 'nuclei',
      parameters: { learning_rate: { values: [0.001, 0.01] }, batch_size: { values: [8, 16] } },
    })
    expect(sweep).toMatchObject({
      name: 's',
      experiment_name: 'nuclei',
      dataset: `${dataset}@1`,
      method: 'grid',
      run_cap: 4,
      state: 'running',
      best_run_id: null,
    })
    expect(sweep.counts).toMatchObject({ queued: 4, running: 0 })
    const runs = await runsOf(sweep.sweep_id)
    expect(runs.map((run) => [run.ordinal, run.name])).toEqual([
      [1, 'batch 8 · lr 0.001'],
      [2, 'batch 8 · lr 0.01'],
      [3, 'batch 16 · lr 0.001'],
      [4, 'batch 16 · lr 0.01'],
    ])
    expect((await listSweeps({ limit: 1 }))[0]?.sweep_id).toBe(sweep.sweep_id)
  })
  it('uses an experiment that is there', async () => {
    const [one, two] = [await make({ experiment: 'same' }), await make({ experiment: 'same' })]
    expect(one.experiment_id).toBe(two.experiment_id)
    expect((await make({})).experiment_id).toBe('0')
  })
  it('begins a random search with as many runs as can run at once', async () => {
    await slots(3)
    const sweep = await make({ method: 'random', run_cap: 5, parameters: { learning_rate: { min: 0.001, max: 0.1 } } })
    expect(await runsOf(sweep.sweep_id)).toHaveLength(3)
  })
  it('leaves nothing behind where it fails', async () => {
    const before = await sql()`select 1 from sweep`
    await expect(make({ dataset: 'nowhere' })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      details: { fields: { dataset: expect.any(String) as string } },
    })
    expect(await sql()`select 1 from sweep`).toHaveLength(before.length)
  })
})

describe('the schedule', () => {
  it('adds the next run of a search as soon as one has ended, up to the cap, and ends the sweep', async () => {
    const sweep = await make({ method: 'random', run_cap: 3, parameters: { learning_rate: { min: 0.001, max: 0.1 } } })
    for (const count of [1, 2, 3]) {
      await scheduleSweeps()
      const runs = await runsOf(sweep.sweep_id)
      expect(runs).toHaveLength(count)
      await setStatus(runs[count - 1]!.id, 'finished', 2)
    }
    expect((await getSweep(sweep.sweep_id)).state).toBe('running')
    await scheduleSweeps()
    expect(await getSweep(sweep.sweep_id)).toMatchObject({
      state: 'finished',
      ended_at: expect.any(Number) as number,
      counts: { finished: 3 },
    })
  })
  it('gives the same runs however many call it at once', async () => {
    await slots(4)
    const sweep = await make({
      method: 'bayes',
      run_cap: 12,
      parameters: { learning_rate: { distribution: 'log_uniform_values', min: 0.0001, max: 0.1 } },
    })
    for (let round = 0; round < 3; round++) {
      for (const run of await runsOf(sweep.sweep_id)) {
        if (run.status !== 'queued') continue
        await dice(run.id, [0.5 + run.ordinal / 100])
        await setStatus(run.id, 'finished', 1)
      }
      await Promise.all(Array.from({ length: 6 }, () => scheduleSweeps()))
    }
    const runs = await runsOf(sweep.sweep_id)
    expect(runs.map((run) => run.ordinal)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(new Set(runs.map((run) => run.name)).size).toBe(12)
  })
  it('ends a search whose space is used up before its cap', async () => {
    const sweep = await make({ method: 'random', run_cap: 9, parameters: { batch_size: { values: [4, 8] } } })
    for (let i = 0; i < 4; i++) {
      for (const run of await runsOf(sweep.sweep_id)) if (run.status === 'queued') await setStatus(run.id, 'finished', 1)
      await scheduleSweeps()
    }
    expect(await getSweep(sweep.sweep_id)).toMatchObject({ state: 'finished', run_cap: 2, counts: { finished: 2 } })
  })
  it('stops runs that do not pass their rung, and judges each once', async () => {
    const sweep = await make({
      early_terminate: { type: 'hyperband', min_iter: 2, eta: 3 },
      parameters: { learning_rate: { values: [0.1, 0.2, 0.3, 0.4] }, epochs: { value: 9 } },
    })
    const runs = await runsOf(sweep.sweep_id)
    for (const [i, values] of [[0.5, 0.9], [0.5, 0.8], [0.5, 0.1], [0.4]].entries()) {
      await dice(runs[i]!.id, values)
      await setStatus(runs[i]!.id, 'running', values.length)
    }
    await scheduleSweeps()
    expect((await runsOf(sweep.sweep_id)).map((run) => [run.status, run.request])).toEqual([
      ['running', null],
      ['stopping', 'prune'],
      ['stopping', 'prune'],
      ['running', null],
    ])
    const [state] = await sql()<{ message: string }[]>`select message from run_state where run_id = ${runs[2]!.id}`
    expect(state?.message).toBe('Rank 3 of 3 by val/dice at epoch 2: stopped early by the sweep')
    await dice(runs[3]!.id, [0.4, 0.95].slice(1))
    await scheduleSweeps()
    expect((await runsOf(sweep.sweep_id))[0]?.status).toBe('running')
  })
  it('leaves a paused sweep alone', async () => {
    const sweep = await make({ method: 'random', run_cap: 3, parameters: { learning_rate: { min: 0.001, max: 0.1 } } })
    await pauseSweep(sweep.sweep_id, 'tester')
    await setStatus((await runsOf(sweep.sweep_id))[0]!.id, 'finished', 1)
    await scheduleSweeps()
    expect(await runsOf(sweep.sweep_id)).toHaveLength(1)
    expect((await resumeSweep(sweep.sweep_id, 'tester')).state).toBe('running')
    await scheduleSweeps()
    expect(await runsOf(sweep.sweep_id)).toHaveLength(2)
  })
})

describe('cancelling a sweep', () => {
  it('cancels what waits, asks what runs, and keeps what has ended', async () => {
    const sweep = await make({ parameters: { batch_size: { values: [1, 2, 3] } } })
    const runs = await runsOf(sweep.sweep_id)
    await setStatus(runs[0]!.id, 'finished', 1)
    await setStatus(runs[1]!.id, 'running', 1)
    expect((await cancelSweep(sweep.sweep_id, 'tester')).state).toBe('cancelled')
    expect((await runsOf(sweep.sweep_id)).map((run) => [run.status, run.request])).toEqual([
      ['finished', null],
      ['stopping', 'cancel'],
      ['cancelled', 'cancel'],
    ])
    await expect(resumeSweep(sweep.sweep_id, 'tester')).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
    await expect(cancelSweep('0'.repeat(32), 'tester')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})

describe('the leaderboard', () => {
  it('ranks by the best finite value, with its epoch; cancelled runs and those without a value come last', async () => {
    const sweep = await make({ parameters: { batch_size: { values: [1, 2, 3, 4, 5] }, epochs: { value: 9 } } })
    const runs = await runsOf(sweep.sweep_id)
    await dice(runs[0]!.id, [0.6, 0.7, 0.65])
    await dice(runs[1]!.id, [0.8, Infinity, Number.NaN])
    await dice(runs[3]!.id, [0.75])
    await dice(runs[4]!.id, [0.99])
    await setStatus(runs[4]!.id, 'cancelled')
    const board = await getLeaderboard(sweep.sweep_id)
    expect(board.varying).toEqual(['batch_size'])
    expect(board.rows.map((row) => [row.run.params.batch_size, row.best])).toEqual([
      [2, { value: 0.8, epoch: 1 }],
      [4, { value: 0.75, epoch: 1 }],
      [1, { value: 0.7, epoch: 2 }],
      [3, null],
      [5, { value: 0.99, epoch: 1 }],
    ])
    expect(board.rows[2]?.spark).toEqual([0.6, 0.7, 0.65])
    expect(board.baseline).toMatchObject({ 'val/dice': 0.5, 'val/ap50': 0.3, 'val/dice@histology': 0.5 })
    expect(board.sweep).toMatchObject({ best_run_id: runs[1]!.id, best_value: 0.8 })
  })
  it('tells the other metrics of the best epoch, not their own best', async () => {
    const sweep = await make({ parameters: { batch_size: { values: [1] } } })
    const [run] = await runsOf(sweep.sweep_id)
    await dice(run!.id, [0.6, 0.8, 0.7])
    for (const key of ['val/map', 'val/map@histology', 'train/loss']) {
      await logPoints(run!.id, key, [
        { step: 1, value: 0.5 },
        { step: 2, value: 0.4 },
      ])
    }
    expect((await getLeaderboard(sweep.sweep_id)).rows[0]?.at_best).toEqual({ 'val/dice': 0.8, 'val/map': 0.4 })
  })
  it('turns around where the goal is to minimize', async () => {
    const sweep = await make({ metric: { name: 'val/loss', goal: 'minimize' }, parameters: { batch_size: { values: [1, 2] } } })
    const runs = await runsOf(sweep.sweep_id)
    await logPoints(runs[0]!.id, 'val/loss', [
      { step: 1, value: 0.5 },
      { step: 2, value: 0.2 },
    ])
    await logPoints(runs[1]!.id, 'val/loss', [{ step: 1, value: 0.3 }])
    expect((await getLeaderboard(sweep.sweep_id)).rows.map((row) => row.best)).toEqual([
      { value: 0.2, epoch: 2 },
      { value: 0.3, epoch: 1 },
    ])
  })
})

describe('"Try it"', () => {
  it('has a trainer draw its images, then makes the sweep', async () => {
    const started = startTryIt('tester')
    const trainer = await seedTrainer()
    const job = await until(() => claimJob(trainer))
    expect(job).toMatchObject({ kind: 'synthetic', payload: { name: TRY_IT_DATASET, images: 60 } })
    await seedStudy(TRY_IT_DATASET)
    await finishJob(job, {})
    expect(await started).toMatchObject({ dataset: `${TRY_IT_DATASET}@1`, run_cap: 2 })
    expect(await startTryIt('tester')).toMatchObject({ dataset: `${TRY_IT_DATASET}@1` })
    expect(await listJobs({ kind: 'synthetic' })).toHaveLength(1)
    await sql()`delete from sweep`
    await sql()`delete from dataset where name = ${TRY_IT_DATASET}`
  })
  it('says that no trainer is free, and leaves no job that would draw them later', async () => {
    await expect(startTryIt('tester', 0)).rejects.toMatchObject({
      code: 'TEMPORARILY_UNAVAILABLE',
      message: expect.stringMatching(/No trainer was free/) as string,
    })
    expect((await listJobs({ kind: 'synthetic' }))[0]?.status).toBe('cancelled')
  })
})

describe('the form', () => {
  it('learns of another split seed without storing a split, and the sweep then has what was said', async () => {
    const spec: SweepSpecInput = { name: 's', dataset, split_seed: 7 }
    const splits = () => sql()`select 1 from split where seed = 7`
    expect(await validateSweep(spec)).toMatchObject({ valid: true, runs: 1 })
    const { trainImages, valImages } = await estimateSweep(spec)
    expect(await splits()).toHaveLength(0)
    const { sweep_id: sweepId } = await createSweep(spec, 'tester')
    expect(await splits()).toHaveLength(1)
    const sides = await sql()<{ side: string; images: number }[]>`
      select g.side, count(*) as images from sweep w join split_group g on g.split_id = w.split_id join dataset_image i on i.group_id = g.group_id
      where w.id = ${sweepId} group by g.side`
    expect(Object.fromEntries(sides.map((row) => [row.side, row.images]))).toMatchObject({ train: trainImages, val: valImages })
  })
})

describe('an estimate', () => {
  it('says that it is a rule of thumb, then measures', async () => {
    await sql()`update run set lifecycle_stage = 'deleted', deleted_at = now() where lifecycle_stage = 'active'`
    await sql()`delete from run where true`
    const spec: SweepSpecInput = {
      name: 's',
      dataset,
      parameters: {
        epochs: { value: 10 },
        fine_tune_epochs: { value: 0 },
        learning_rate: { values: [0.1, 0.01] },
        image_size: { value: 96 },
      },
    }
    const guess = await estimateSweep(spec)
    expect(guess).toMatchObject({ runs: 2, measured: false, slots: 1, trainImages: 12, valImages: 5 })
    expect(guess.measuredOn).toMatch(/rule of thumb/)
    const sweep = await createSweep({ ...spec, name: 'first' }, 'tester')
    const [run] = await runsOf(sweep.sweep_id)
    await logPoints(run!.id, 'perf/epoch_seconds', [
      { step: 1, value: 60 },
      { step: 2, value: 12 },
      { step: 3, value: 12 },
    ])
    await setStatus(run!.id, 'finished', 3)
    const measured = await estimateSweep(spec)
    // 10 epochs of 12 s (1 s an image) and the start, a run; two runs on one slot.
    expect(measured).toMatchObject({ measured: true, measuredOn: 'measured on 1 earlier run like these' })
    expect(measured.minutesPerRun).toBeCloseTo((120 + 8) / 60, 6)
    expect(measured.minutes).toBeCloseTo((2 * (120 + 8)) / 60, 6)
    await slots(2)
    expect((await estimateSweep(spec)).minutes).toBeCloseTo((120 + 8) / 60, 6)
    expect((await estimateSweep({ ...spec, limit_images: 8 })).minutesPerRun).toBeCloseTo((80 + 8) / 60, 6)
  })
})
