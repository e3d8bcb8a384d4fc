import { beforeEach, describe, expect, test } from 'vitest'
import { REFERENCE_RUN_PARAMETERS } from '../../core/contracts/run-parameters.ts'
import { claimRun } from '../../core/runs/claim-run.ts'
import { createRun } from '../../core/runs/create-run.ts'
import { endRun } from '../../core/runs/end-run.ts'
import { recoverLostRuns, releaseRun } from '../../core/runs/recover-runs.ts'
import { readRequests, renewLeases } from '../../core/runs/renew-leases.ts'
import { requestCancel, requestPrune, requestStop } from '../../core/runs/request.ts'
import { beatTrainer, listTrainers, unregisterTrainer } from '../../core/runs/trainers.ts'
import { sql } from '../../core/sql.ts'
import { expireLease, hexId, runState, seedDataset, seedSweep, seedTrainer, until } from '../helpers/seed-runs.ts'

const transitions = async (runId: string): Promise<string[]> => {
  const rows = await sql()<
    { to_status: string; actor: string }[]
  >`select to_status, actor from run_transition where run_id = ${runId} order by id`
  return rows.map((row) => `${row.to_status} by ${row.actor}`)
}

beforeEach(async () => {
  await sql()`delete from sweep`
  await sql()`delete from trainer`
})

describe('claiming', () => {
  test('eight claimers at once never get one run twice, and together get all', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 50)
    const claimers = await Promise.all(Array.from({ length: 8 }, (_, i) => seedTrainer(`t${i}`)))
    const claimed = await Promise.all(
      claimers.map(async (trainer) => {
        const mine: string[] = []
        for (let run = await claimRun(trainer); run !== null; run = await claimRun(trainer)) mine.push(run.runId)
        return mine
      }),
    )
    expect(claimed.flat().sort()).toEqual([...runIds].sort())
  })

  test('the oldest sweep first, in a sweep by ordinal, with all that a trainer needs', async () => {
    const dataset = await seedDataset()
    const first = await seedSweep(dataset, 2, { learning_rate: 0.005, decoder_filters: '128-96-64-32' })
    await seedSweep(dataset, 1)
    const trainer = await seedTrainer()
    const run = await claimRun(trainer)
    expect(run).toMatchObject({
      runId: first.runIds[0],
      attempt: 1,
      name: 'run-1',
      limitImages: null,
      metric: { name: 'val/dice', goal: 'maximize' },
      datasetVersionId: dataset.datasetVersionId,
      splitId: dataset.splitId,
    })
    expect(run?.params.learning_rate).toBe(0.005)
    expect(run?.params.decoder_filters).toBe('128-96-64-32')
    expect((await claimRun(trainer))?.runId).toBe(first.runIds[1])
    expect(await transitions(first.runIds[0] ?? '')).toEqual(['queued by tester', `running by trainer:${trainer}`])
  })

  test('a paused sweep gives nothing until it runs again', async () => {
    const { sweepId } = await seedSweep(await seedDataset(), 1)
    const trainer = await seedTrainer()
    await sql()`update sweep set state = 'paused' where id = ${sweepId}`
    expect(await claimRun(trainer)).toBeNull()
    await sql()`update sweep set state = 'running' where id = ${sweepId}`
    expect(await claimRun(trainer)).not.toBeNull()
  })

  test('a run whose parameters cannot be used fails with the name of the parameter, and the next is given', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 2)
    await sql()`update param set value = '33' where run_id = ${runIds[0] ?? ''} and key = 'image_size'`
    expect((await claimRun(await seedTrainer()))?.runId).toBe(runIds[1])
    const state = await runState(runIds[0] ?? '')
    expect(state.status).toBe('failed')
    expect(state.message).toContain('image_size')
  })
})

test("a sweep's place is taken once: creating it again gives the run that is there", async () => {
  const dataset = await seedDataset()
  const { sweepId, runIds } = await seedSweep(dataset, 1)
  const again = await sql().begin((tx) =>
    createRun(tx, {
      experimentId: 0,
      sweepId,
      ordinal: 1,
      name: 'again',
      datasetVersionId: dataset.datasetVersionId,
      splitId: dataset.splitId,
      params: REFERENCE_RUN_PARAMETERS,
      actor: 'karyon',
    }),
  )
  expect(again).toBe(runIds[0])
  expect(await transitions(again)).toEqual(['queued by tester'])
})

describe('leases', () => {
  test('an expired lease is given to another trainer with a new token; the old one neither renews nor ends the run', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    const [one, two] = [await seedTrainer('one'), await seedTrainer('two')]
    const before = await claimRun(one)
    expect(await claimRun(two)).toBeNull()
    await expireLease(runId)
    const after = await until(() => claimRun(two), 500)
    expect(after).toMatchObject({ runId, attempt: 2 })
    expect(after.leaseToken).not.toBe(before?.leaseToken)
    const old = { runId, leaseToken: before?.leaseToken ?? '' }
    expect(await renewLeases([old])).toEqual(new Map())
    await expect(endRun({ ...old, status: 'finished', message: '' })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await renewLeases([{ runId, leaseToken: after.leaseToken }])).toEqual(new Map([[runId, null]]))
  })

  test('a lease that ran out unnoticed is renewed while nobody took the run', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    const run = await claimRun(await seedTrainer())
    await expireLease(runId)
    expect((await renewLeases([{ runId, leaseToken: run?.leaseToken ?? '' }])).has(runId)).toBe(true)
    expect(await claimRun(await seedTrainer('two'))).toBeNull()
  })

  test('a run that only crashes waits longer each time and is given up after five attempts; progress forgives', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    const trainer = await seedTrainer()
    const crash = async (): Promise<void> => {
      await sql()`update run_state set not_before = null where run_id = ${runId}`
      const run = await claimRun(trainer)
      if (run === null) throw new Error('no run to claim')
      await recoverLostRuns({ hold: run, why: 'Its process ended with SIGKILL', actor: 'trainer:test' })
    }
    await crash()
    await crash()
    expect(await claimRun(trainer), 'it waits').toBeNull()
    expect((await runState(runId)).fruitless).toBe(2)

    await sql()`update run_state set not_before = null where run_id = ${runId}`
    const good = await claimRun(trainer)
    await sql()`update run_state set epoch = 1 where run_id = ${runId}`
    await recoverLostRuns({ hold: { runId, leaseToken: good?.leaseToken ?? '' }, why: 'x', actor: 'a' })
    expect(await runState(runId)).toMatchObject({ status: 'queued', fruitless: 0, message: 'x; goes on from epoch 1' })

    for (let i = 0; i < 5; i++) await crash()
    const state = await runState(runId)
    expect(state.status).toBe('failed')
    expect(state.message).toContain('5 attempts')
    expect(state.message).toContain('SIGKILL')
  })

  test('a clean shutdown gives the run back without holding it against the run', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    const trainer = await seedTrainer()
    for (let attempt = 1; attempt <= 7; attempt++) {
      const run = await claimRun(trainer)
      expect(run?.attempt).toBe(attempt)
      expect(await releaseRun({ runId, leaseToken: run?.leaseToken ?? '' }, 'trainer:test')).toBe(true)
    }
    expect(await runState(runId)).toMatchObject({ status: 'queued', fruitless: 0 })
  })
})

describe('requests', () => {
  test('a queued run is cancelled at once; asking again is a conflict; an unknown run is not found', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    expect(await requestCancel(runId, 'ada')).toBe('cancelled')
    expect(await transitions(runId)).toEqual(['queued by tester', 'cancelled by ada'])
    expect(await claimRun(await seedTrainer())).toBeNull()
    await expect(requestCancel(runId, 'ada')).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
    await expect(requestStop(hexId(), 'ada')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  test('a live run becomes stopping and its holder hears of it; a cancel outranks a stop, not the reverse', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    const run = await claimRun(await seedTrainer())
    expect(await requestStop(runId, 'ada')).toBe('stopping')
    expect(await readRequests([runId])).toEqual(new Map([[runId, 'stop']]))
    expect(await requestCancel(runId, 'ada')).toBe('stopping')
    expect(await requestStop(runId, 'ada')).toBe('stopping')
    expect(await renewLeases([{ runId, leaseToken: run?.leaseToken ?? '' }])).toEqual(new Map([[runId, 'cancel']]))
    await endRun({ runId, leaseToken: run?.leaseToken ?? '', status: 'cancelled', message: 'Cancelled' })
    expect((await transitions(runId)).map((t) => t.split(' ')[0])).toEqual(['queued', 'running', 'stopping', 'stopping', 'cancelled'])
  })

  test('a run that was asked to end and whose trainer died gets the end that was asked for', async () => {
    const dataset = await seedDataset()
    const { runIds } = await seedSweep(dataset, 4)
    const [cancelled, stoppedWithModel, stoppedWithout, pruned] = runIds as [string, string, string, string]
    const trainer = await seedTrainer()
    for (let i = 0; i < 4; i++) await claimRun(trainer)
    await sql()`
      insert into artifact (run_id, attempt, kind, name, key, size, seq) values (${stoppedWithModel}, 1, 'model', 'model.json', 'runs/x', 1, 1)`
    await requestCancel(cancelled, 'ada')
    await requestStop(stoppedWithModel, 'ada')
    await requestStop(stoppedWithout, 'ada')
    await requestPrune(pruned, 'karyon', 'Rung 1: worse than 2 of 3')
    for (const id of runIds) await expireLease(id)
    await until(async () => (await claimRun(trainer)) === null && (await runState(pruned)).status === 'pruned', 500)
    expect((await runState(cancelled)).status).toBe('cancelled')
    expect((await runState(stoppedWithModel)).status).toBe('finished')
    expect((await runState(stoppedWithout)).status).toBe('cancelled')
  })

  test('a run whose trainer has been silent for too long ends at once, without a trainer', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    await claimRun(await seedTrainer())
    await expireLease(runId)
    expect(await requestCancel(runId, 'ada')).toBe('cancelled')
    expect(await runState(runId)).toMatchObject({ status: 'cancelled', lease_token: null })
  })

  test('a queued run with a model that is stopped is finished: its model counts', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const runId = runIds[0] ?? ''
    await sql()`insert into artifact (run_id, attempt, kind, name, key, size, seq) values (${runId}, 1, 'model', 'model.json', 'runs/y', 1, 1)`
    expect(await requestStop(runId, 'ada')).toBe('finished')
  })
})

test('trainers are listed with what they hold, and whether they live', async () => {
  await seedSweep(await seedDataset(), 2)
  const [alive, dead] = [await seedTrainer('alive'), await seedTrainer('dead')]
  await claimRun(alive)
  await sql()`update trainer set beat_at = now() - interval '1 minute' where id = ${dead}`
  expect((await listTrainers()).map(({ name, alive: lives, busy }) => ({ name, lives, busy }))).toEqual([
    { name: 'alive', lives: true, busy: 1 },
    { name: 'dead', lives: false, busy: 0 },
  ])
  expect(await beatTrainer(dead)).toBe(true)
  await unregisterTrainer(dead)
  expect(await beatTrainer(dead)).toBe(false)
})
