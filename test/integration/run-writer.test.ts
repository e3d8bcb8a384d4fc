import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { env } from '../../core/env.ts'
import { toAppError } from '../../core/errors.ts'
import { CHANNELS, coalescedNotifier, listen, notify } from '../../core/notify.ts'
import { type ClaimedRun, claimRun } from '../../core/runs/claim-run.ts'
import { type EpochWrite, openRunWriter } from '../../core/runs/run-writer.ts'
import { closeSql, connect, sql } from '../../core/sql.ts'
import { databaseProxy } from '../helpers/database-proxy.ts'
import { expireLease, runState, seedDataset, type SeededDataset, seedSweep, seedTrainer, until } from '../helpers/seed-runs.ts'

// Before anything connects: the database is reached through a proxy that the tests can take away.
const realUrl = process.env.DATABASE_URL ?? ''
const proxy = await databaseProxy(realUrl)
process.env.DATABASE_URL = proxy.url
const direct = connect(realUrl, { max: 1 })
afterAll(async () => {
  await direct.end()
  await closeSql()
  await proxy.close()
})

let dataset: SeededDataset
beforeEach(async () => {
  await sql()`delete from sweep`
  dataset = await seedDataset()
})

async function claimOne(): Promise<ClaimedRun> {
  await seedSweep(dataset, 1)
  const run = await claimRun(await seedTrainer())
  if (run === null) throw new Error('nothing to claim')
  return run
}

/** Another trainer takes the run over. */
async function takeOver(runId: string): Promise<ClaimedRun> {
  const trainer = await seedTrainer('next')
  return until(async () => {
    await expireLease(runId)
    return claimRun(trainer)
  }, 500)
}

const score = {
  dice: 0.5,
  iou: 0.4,
  accuracy: 0.9,
  ap50: null,
  map: null,
  f1_50: null,
  truth_count: 3,
  predicted_count: 2,
  found: 2,
  merges: 0,
  splits: 0,
}

function epochWrite(epoch: number, change: Partial<EpochWrite> = {}): EpochWrite {
  return {
    epoch,
    step: epoch * 10,
    points: [
      { key: 'val/dice', value: epoch / 10 },
      { key: 'val/loss', value: 1 / epoch },
    ],
    imageScores: dataset.imageIds.map((imageId) => ({ imageId, score })),
    artifacts: [{ kind: 'checkpoint', name: 'checkpoint', bytes: Buffer.from(`weights of ${epoch}`), epoch }],
    best: { epoch, value: epoch / 10 },
    imagesPerSecond: 12,
    etaSeconds: 60,
    ...change,
  }
}

const pointsOf = async (runId: string, key: string): Promise<[number, number][]> => {
  const rows = await direct<{ step: number; value: number }[]>`
    select p.step, p.value from metric_point p join metric_series m on m.id = p.series_id
    where m.run_id = ${runId} and m.key = ${key} order by p.step, p.at`
  return rows.map((row) => [row.step, row.value])
}
const artifactsOf = (runId: string, kind: string) =>
  direct<{ name: string; key: string; epoch: number; is_best: boolean; attempt: number }[]>`
    select name, key, epoch, is_best, attempt from artifact where run_id = ${runId} and kind = ${kind} order by epoch, name`

describe('on a full disk', () => {
  afterEach(() => vi.restoreAllMocks())

  test('the epoch under way is not recorded, its run fails with the reason, and what it had stays', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    await writer.epoch(epochWrite(1))
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    vi.spyOn(artifactStore(), 'put').mockRejectedValue(full)
    const error = toAppError(await writer.epoch(epochWrite(2)).catch((thrown: unknown) => thrown))
    expect(error).toMatchObject({ code: 'INSUFFICIENT_STORAGE', exitStatus: 7, message: expect.stringMatching(/disk is full/) })
    // As the child ends a run (trainer/child.ts).
    writer.log(`failed: ${error.message}`)
    await writer.end('failed', error.message)
    expect(await runState(run.runId)).toMatchObject({ status: 'failed', epoch: 1, message: error.message })
    expect(await pointsOf(run.runId, 'val/dice')).toEqual([[1, 0.1]])
    expect(await artifactsOf(run.runId, 'checkpoint')).toHaveLength(1)
  })
})

describe('an epoch', () => {
  test('is committed whole: points, scores, files, state; NaN and infinities as they are', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    writer.points([
      { key: 'train/batch_loss', step: 1, value: Number.NaN },
      { key: 'train/batch_loss', step: 2, value: 0.7 },
    ])
    await writer.epoch(
      epochWrite(1, {
        points: [
          { key: 'train/loss', value: Number.POSITIVE_INFINITY },
          { key: 'val/loss', value: Number.NaN },
          { key: 'val/dice', value: 0.25 },
        ],
      }),
    )
    expect(await pointsOf(run.runId, 'train/batch_loss')).toEqual([
      [1, Number.NaN],
      [2, 0.7],
    ])
    expect(await pointsOf(run.runId, 'train/loss')).toEqual([[1, Number.POSITIVE_INFINITY]])
    expect(await pointsOf(run.runId, 'val/loss')).toEqual([[1, Number.NaN]])
    expect(await runState(run.runId)).toMatchObject({ epoch: 1, step: 10, best_epoch: 1, best_value: 0.1, seq: 3 })
    const [checkpoint] = await artifactsOf(run.runId, 'checkpoint')
    expect((await artifactStore().get(checkpoint?.key ?? '')).toString()).toBe('weights of 1')
    const scores = await direct<{ dice: number; ap50: number | null }[]>`select dice, ap50 from image_score where run_id = ${run.runId}`
    expect(scores).toEqual([
      { dice: 0.5, ap50: null },
      { dice: 0.5, ap50: null },
    ])
    await writer.end('finished', 'Done')
    expect(await runState(run.runId)).toMatchObject({ status: 'finished', message: 'Done', lease_token: null })
  })

  test('that is trained again replaces what it wrote, and its files', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    await writer.epoch(epochWrite(1))
    const [before] = await artifactsOf(run.runId, 'checkpoint')
    await writer.epoch(epochWrite(1, { points: [{ key: 'val/dice', value: 0.9 }] }))
    expect(await pointsOf(run.runId, 'val/dice')).toEqual([[1, 0.9]])
    const after = await artifactsOf(run.runId, 'checkpoint')
    expect(after).toHaveLength(1)
    expect(after[0]?.key).not.toBe(before?.key)
    expect(await artifactStore().exists(before?.key ?? '')).toBe(false)
    await writer.close()
  })

  test('keeps two checkpoints, the best model, and the maps of epochs 1, 2, 4, 8 and the best', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    const best = new Set([1, 2, 3, 5])
    for (let epoch = 1; epoch <= 5; epoch++) {
      const isBest = best.has(epoch)
      await writer.epoch(
        epochWrite(epoch, {
          artifacts: [
            { kind: 'checkpoint', name: `checkpoint/${epoch}`, bytes: Buffer.from(String(epoch)), epoch },
            ...(isBest || [1, 2, 4].includes(epoch)
              ? [
                  {
                    kind: 'probability' as const,
                    name: `probability/epoch-${epoch}/a b.png`,
                    bytes: Buffer.from([epoch]),
                    epoch,
                    imageId: dataset.imageIds[0],
                    isBest,
                  },
                ]
              : []),
            ...(isBest ? [{ kind: 'model' as const, name: 'model/weights.bin', bytes: Buffer.from([epoch]), epoch, isBest }] : []),
          ],
        }),
      )
    }
    expect((await artifactsOf(run.runId, 'checkpoint')).map((a) => a.epoch)).toEqual([4, 5])
    expect((await artifactsOf(run.runId, 'model')).map((a) => [a.epoch, a.is_best])).toEqual([[5, true]])
    expect((await artifactsOf(run.runId, 'probability')).map((a) => [a.epoch, a.is_best])).toEqual([
      [1, false],
      [2, false],
      [4, false],
      [5, true],
    ])
    const rows = await direct<{ key: string }[]>`select key from artifact where run_id = ${run.runId}`
    expect(await artifactStore().list(`runs/${run.runId}`), 'no file without a row').toEqual(rows.map((row) => row.key).sort())
    await writer.end('finished', '')
  })
})

describe('a lease that was lost', () => {
  test('the old holder writes nothing more and is told to stop; the new one goes on from the checkpoint', async () => {
    const run = await claimOne()
    const old = await openRunWriter(run)
    await old.epoch(epochWrite(1))
    await old.epoch(epochWrite(2))
    old.points([{ key: 'train/batch_loss', step: 21, value: 0.5 }])
    await until(async () => (await pointsOf(run.runId, 'train/batch_loss')).length === 1)

    const next = await takeOver(run.runId)
    const writer = await openRunWriter(next)
    expect(await writer.lastCheckpoint()).toMatchObject({ epoch: 2 })
    expect(await pointsOf(run.runId, 'train/batch_loss'), 'the epoch under way is taken back').toEqual([])
    await expect(old.epoch(epochWrite(3))).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(old.signal.aborted).toBe(true)
    await expect(old.end('finished', '')).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await writer.epoch(epochWrite(3, { points: [{ key: 'val/dice', value: 0.33 }] }))
    expect(await pointsOf(run.runId, 'val/dice')).toEqual([
      [1, 0.1],
      [2, 0.2],
      [3, 0.33],
    ])
    expect((await runState(run.runId)).message).toBe('resumed from epoch 2')
    await writer.end('finished', '')
  })

  test('a checkpoint that was cut short is passed over, and its epoch is taken back', async () => {
    const run = await claimOne()
    const old = await openRunWriter(run)
    for (const epoch of [1, 2])
      await old.epoch(epochWrite(epoch, { artifacts: [{ kind: 'checkpoint', name: `c${epoch}`, bytes: randomBytes(100), epoch }] }))
    const newest = (await artifactsOf(run.runId, 'checkpoint')).at(-1)
    writeFileSync(artifactStore().localPath(newest?.key ?? '') ?? '', randomBytes(100))
    const writer = await openRunWriter(await takeOver(run.runId))
    expect(await writer.lastCheckpoint()).toMatchObject({ epoch: 1, name: 'c1' })
    expect(await pointsOf(run.runId, 'val/dice')).toEqual([[1, 0.1]])
    expect(await runState(run.runId)).toMatchObject({ epoch: 1, best_epoch: null })
    await writer.close()
    await old.close()
  })
})

describe('while the database is away', () => {
  test('training goes on, everything is kept on disk and drained in order', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    const spool = join(env().home, 'spool', run.runId, '1.jsonl')
    await writer.epoch(epochWrite(1))
    await proxy.down()
    writer.points([{ key: 'train/batch_loss', step: 11, value: Number.NaN }])
    await writer.epoch(epochWrite(2))
    await writer.epoch(epochWrite(3))
    expect(
      readFileSync(spool, 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(['points', 'epoch', 'epoch'])
    expect(await pointsOf2(run.runId)).toEqual([1])
    const ended = writer.end('finished', 'Done')
    await proxy.up()
    await ended
    expect(await pointsOf2(run.runId)).toEqual([1, 2, 3])
    expect(await pointsOf(run.runId, 'train/batch_loss')).toEqual([[11, Number.NaN]])
    expect(await runState(run.runId)).toMatchObject({ status: 'finished', epoch: 3 })
    expect(existsSync(spool)).toBe(false)
  })

  test('a child that dies meanwhile leaves its complete epochs to the next attempt, a torn line aside', async () => {
    const run = await claimOne()
    const killed = await openRunWriter(run)
    await killed.epoch(epochWrite(1))
    await proxy.down()
    await killed.epoch(epochWrite(2))
    await killed.close() // what a kill leaves: the spool on disk
    appendFileSync(join(env().home, 'spool', run.runId, '1.jsonl'), '{"type":"epoch","epoch":3,"st')
    await proxy.up()
    const writer = await openRunWriter(await until(() => takeOver(run.runId).catch(() => null), 200))
    expect(await writer.lastCheckpoint()).toMatchObject({ epoch: 2 })
    expect(await pointsOf2(run.runId)).toEqual([1, 2])
    expect(existsSync(join(env().home, 'spool', run.runId))).toBe(false)
    await writer.end('finished', '')
  })

  test('connections that the server ends are no loss', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    for (let epoch = 1; epoch <= 3; epoch++) {
      await direct`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
      await writer.epoch(epochWrite(epoch))
    }
    await writer.end('finished', '')
    expect(await pointsOf2(run.runId)).toEqual([1, 2, 3])
  })

  const pointsOf2 = async (runId: string): Promise<number[]> => (await pointsOf(runId, 'val/dice')).map(([step]) => step)
})

test('the log grows in the store, and its row says how far it may be read', async () => {
  const run = await claimOne()
  const writer = await openRunWriter(run)
  writer.log('first')
  await until(async () => (await artifactsOf(run.runId, 'log')).length === 1)
  writer.log('second')
  await writer.end('finished', '')
  const [log] = await direct<
    { key: string; size: number }[]
  >`select key, size::int from artifact where run_id = ${run.runId} and kind = 'log'`
  const text = (await artifactStore().get(log?.key ?? '')).toString()
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]),
  ).toEqual(['first', 'second'])
  expect(log?.size).toBe(Buffer.byteLength(text))
})

test('what an ended run wrote is immutable, whoever writes', async () => {
  const run = await claimOne()
  const writer = await openRunWriter(run)
  await writer.epoch(epochWrite(1))
  await writer.end('finished', '')
  await expect(direct`update param set value = '1' where run_id = ${run.runId} and key = 'epochs'`).rejects.toThrow(/immutable/)
  await expect(
    direct`insert into artifact (run_id, attempt, kind, name, key, size, seq) values (${run.runId}, 1, 'file', 'x', 'y', 1, 1)`,
  ).rejects.toThrow(/immutable/)
  await expect(direct`insert into metric_point select id, 9, now(), 1, 99 from metric_series where run_id = ${run.runId}`).rejects.toThrow(
    /immutable/,
  )
})

test('a hundred wake-ups at once are at most two notifications', async () => {
  const heard: string[] = []
  let ready = false
  const listener = listen([CHANNELS.run], (_channel, payload) => heard.push(payload), { onReady: () => (ready = true) })
  await until(() => ready)
  const notifier = coalescedNotifier(CHANNELS.run, 'x')
  for (let i = 0; i < 100; i++) notifier.wake()
  notifier.stop()
  await until(() => heard.includes('x'))
  await notify(sql(), CHANNELS.run, 'end')
  await until(() => heard.includes('end'))
  expect(heard.filter((payload) => payload === 'x').length).toBeLessThanOrEqual(2)
  await listener.close()
})

test('writes wake listeners, also after the database was away', async () => {
  const run = await claimOne()
  let woken = 0
  let ready = 0
  const listener = listen(
    [CHANNELS.run],
    (_channel, payload) => {
      if (payload === run.runId) woken++
    },
    { onReady: () => ready++ },
  )
  await until(() => ready === 1)
  const writer = await openRunWriter(run)
  await writer.epoch(epochWrite(1))
  await until(() => woken > 0)
  await proxy.down()
  await proxy.up()
  await until(() => ready === 2)
  woken = 0
  await writer.epoch(epochWrite(2))
  await until(() => woken > 0)
  await writer.end('finished', '')
  await listener.close()
})

describe('an evaluation', () => {
  const modelFile = (name: string, text: string) => ({
    kind: 'model' as const,
    name: `model/${name}`,
    bytes: Buffer.from(text),
    epoch: 1,
    isBest: true,
  })
  const evaluation = (dice: number) => ({
    side: 'val' as const,
    epoch: 1,
    settings: { tuned: true, postprocess: { threshold: 0.6 } },
    summary: { 'val/dice': dice },
    scores: dataset.imageIds.map((imageId) => ({ imageId, score: { ...score, dice } })),
    artifacts: [modelFile('model.json', `described with ${dice}`)],
  })
  const evaluationsOf = (runId: string) =>
    direct<{ epoch: number; side: string; tuned: string; summary: object; images: number }[]>`
      select e.epoch, e.side, e.settings->>'tuned' as tuned, e.summary, (select count(*)::int from evaluation_image i where i.evaluation_id = e.id) as images
      from evaluation e where e.run_id = ${runId}`

  test('replaces the one before, with the file that goes with it, and survives a take-over', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    const files = epochWrite(1).artifacts
    await writer.epoch(epochWrite(1, { artifacts: [...files, modelFile('model.json', 'as trained'), modelFile('weights.bin', 'weights')] }))
    await writer.evaluation(evaluation(0.5))
    await writer.evaluation(evaluation(0.75))
    const expected = [{ epoch: 1, side: 'val', tuned: 'true', summary: { 'val/dice': 0.75 }, images: 2 }]
    expect(await evaluationsOf(run.runId)).toEqual(expected)
    const described = async (): Promise<(string | undefined)[]> => {
      const model = await artifactsOf(run.runId, 'model')
      return Promise.all(model.map(async ({ key }) => (await artifactStore().get(key)).toString()))
    }
    expect(await described()).toEqual(['described with 0.75', 'weights'])

    // The run goes on from its checkpoint of the same epoch: what describes its weights is not taken from under them.
    const next = await openRunWriter(await takeOver(run.runId))
    expect(await described()).toEqual(['described with 0.75', 'weights'])
    expect(await evaluationsOf(run.runId)).toEqual(expected)
    await expect(writer.evaluation(evaluation(0.9))).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await evaluationsOf(run.runId)).toEqual(expected)
    await next.evaluation(evaluation(0.8))
    expect(await evaluationsOf(run.runId)).toEqual([{ ...expected[0], summary: { 'val/dice': 0.8 } }])
    await next.end('finished', '')
    await writer.close()
  })

  test('of an epoch that is trained again goes with it', async () => {
    const run = await claimOne()
    const writer = await openRunWriter(run)
    await writer.epoch(epochWrite(1, { artifacts: [] }))
    await writer.evaluation(evaluation(0.5))
    await writer.close()
    const next = await openRunWriter(await takeOver(run.runId))
    expect(await evaluationsOf(run.runId)).toEqual([])
    expect(await artifactsOf(run.runId, 'model')).toEqual([])
    await next.close()
  })
})
