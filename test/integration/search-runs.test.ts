import { beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { getRun } from '../../core/runs/get-run.ts'
import { searchRuns } from '../../core/runs/search-runs.ts'
import { sql } from '../../core/sql.ts'
import { createSweep } from '../../core/sweeps/create-sweep.ts'
import { logPoints, seedStudy, setStatus } from '../helpers/seed-study.ts'

let runIds: string[] = []
let sweepId = ''

beforeAll(async () => {
  const study = await seedStudy()
  const sweep = await createSweep(
    {
      name: 'rates',
      dataset: study.name,
      parameters: { learning_rate: { values: [0.0001, 0.001, 0.01] }, batch_size: { values: [8, 16] }, loss: { value: 'dice' } },
    },
    'tester',
  )
  sweepId = sweep.sweep_id
  runIds = (await sql()<{ id: string }[]>`select id from run where sweep_id = ${sweepId} order by ordinal`).map((row) => row.id)
  const dice = [0.5, 0.9, Number.NaN, 0.7, 0.8]
  for (const [i, value] of dice.entries())
    await logPoints(runIds[i]!, 'val/dice', [
      { step: 1, value: 0.1 },
      { step: 2, value },
    ])
  await logPoints(runIds[0]!, 'val/loss', [
    { step: 1, value: 0.4 },
    { step: 2, value: 0.3 },
    { step: 3, value: Infinity },
  ])
  await sql()`insert into tag (run_id, key, value) values (${runIds[1]!}, 'who is', 'Anna''s'), (${runIds[2]!}, 'who is', 'Ben')`
  await setStatus(runIds[3]!, 'finished', 2)
})

const names = async (filter: string): Promise<number[]> =>
  (await searchRuns({ filter, sweepId })).runs.map((run) => runIds.indexOf(run.run_id) + 1).sort((a, b) => a - b)

describe('runs found by MLflow’s filter', () => {
  it('compares the latest value of a metric, and NaN is neither above nor below', async () => {
    expect(await names('metrics.`val/dice` >= 0.7')).toEqual([2, 4, 5])
    expect(await names('metrics."val/dice" < 0.7')).toEqual([1])
    expect(await names('metric.`val/dice` IS NULL')).toEqual([3, 6])
  })
  it('compares parameters as numbers, or as text in quotes', async () => {
    expect(await names('params.batch_size = 16')).toEqual([4, 5, 6])
    expect(await names("params.batch_size = '16'")).toEqual([4, 5, 6])
    expect(await names('params.batch_size > 8')).toEqual([4, 5, 6])
    expect(await names('params.learning_rate <= 0.001 and params.batch_size in (8)')).toHaveLength(2)
    expect(await names("params.loss = 'dice'")).toHaveLength(6)
    expect(await names("params.loss LIKE 'DICE'")).toEqual([])
    expect(await names("params.loss ILIKE 'DI%'")).toHaveLength(6)
    expect(await names('params.nothing = 1')).toEqual([])
  })
  it('finds tags and attributes', async () => {
    expect(await names("tags.`who is` = 'Anna''s'")).toEqual([2])
    expect(await names("tags.`who is` in ('Ben', 'Carl')")).toEqual([3])
    expect(await names("status = 'finished'")).toEqual([4])
    expect(await names("attributes.status = 'SCHEDULED'")).toHaveLength(5)
    expect(await names("status != 'finished' and metrics.`val/dice` > 0.85")).toEqual([2])
    expect(await names(`run_id in ('${runIds[0]!}', '${runIds[5]!}')`)).toEqual([1, 6])
    expect(await names('created_at > 0')).toHaveLength(6)
    expect(await names("run.name like 'batch 8%'")).toHaveLength(3)
    expect(await names("created_at > '2020-01-01'")).toHaveLength(6)
  })
  it('says which word is wrong', async () => {
    const fails = async (filter: string, words: RegExp): Promise<void> => {
      const error = await searchRuns({ filter }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(AppError)
      expect((error as AppError).code).toBe('INVALID_PARAMETER_VALUE')
      expect((error as AppError).message).toMatch(words)
    }
    await fails('metrics.loss >', /ends too early/)
    await fails('metrics.loss >> 3', />" at character 15/)
    await fails("params.a = 'x", /never closed/)
    await fails('colour = 3', /no attribute "colour"/)
    await fails('things.a = 3', /"things" at character 1/)
    await fails('metrics.a > 1 or metrics.b > 2', /OR is not known/)
    await fails("metrics.a > 'high'", /"high" is not/)
    await fails('metrics.a = 1 metrics.b = 2', /"metrics" at character 15: expected AND/)
    await fails("status > 'running'", /status is compared by/)
    await fails('params.a = 1; drop table run', /";?|drop"/)
  })
})

describe('pages of runs', () => {
  it('orders by a metric, runs without one last in both directions', async () => {
    const order = async (by: string): Promise<number[]> =>
      (await searchRuns({ sweepId, orderBy: [by] })).runs.map((run) => runIds.indexOf(run.run_id) + 1)
    expect((await order('metrics.`val/dice` desc')).slice(0, 4)).toEqual([2, 5, 4, 1])
    expect((await order('metrics.`val/dice`')).slice(0, 4)).toEqual([1, 4, 5, 2])
    expect((await order('params.learning_rate desc')).slice(0, 2).sort()).toEqual([3, 6])
  })
  it('pages through every order without a gap or a repeat, also when runs vanish between pages', async () => {
    for (const orderBy of [
      [],
      ['metrics.`val/dice` desc'],
      ['params.batch_size', 'metrics.`val/dice`'],
      ['tags.`who is` desc'],
      ['status', 'run_name desc'],
      ['metrics.`val/loss` desc'],
    ]) {
      const whole = (await searchRuns({ sweepId, orderBy })).runs.map((run) => run.run_id)
      const paged: string[] = []
      let pageToken: string | undefined
      do {
        const page = await searchRuns({ sweepId, orderBy, maxResults: 2, ...(pageToken === undefined ? {} : { pageToken }) })
        paged.push(...page.runs.map((run) => run.run_id))
        pageToken = page.nextPageToken
      } while (pageToken !== undefined)
      expect(paged).toEqual(whole)
    }
  })
  it('refuses tokens that it did not give for this search', async () => {
    const { nextPageToken } = await searchRuns({ sweepId, maxResults: 2 })
    await expect(searchRuns({ sweepId, maxResults: 2, filter: 'epoch = 0', pageToken: nextPageToken! })).rejects.toThrow(/another search/)
    for (const pageToken of ['rubbish', '', 'e30', Buffer.from('{"q":1}').toString('base64url')])
      await expect(searchRuns({ pageToken })).rejects.toThrow(/page_token/)
  })
  it('refuses impossible sizes', async () => {
    await expect(searchRuns({ maxResults: 0 })).rejects.toThrow(/1 to 1000/)
    await expect(searchRuns({ maxResults: Number.NaN })).rejects.toThrow(/1 to 1000/)
    await expect(searchRuns({ orderBy: ['metrics.a sideways'] })).rejects.toThrow(/sideways/)
  })
})

describe('one run', () => {
  it('has typed parameters and honest summaries', async () => {
    const run = await getRun(runIds[0]!)
    expect(run.params).toMatchObject({ learning_rate: 0.0001, batch_size: 8, loss: 'dice' })
    expect(run.name).toBe('batch 8 · lr 0.0001')
    expect(run.sweep_name).toBe('rates')
    expect(run.metrics['val/loss']).toEqual({
      last: 'Infinity',
      last_step: 3,
      best: 0.3,
      best_step: 2,
      min: 0.3,
      max: 'Infinity',
      count: 3,
      nan_count: 0,
    })
    const withNaN = await getRun(runIds[2]!)
    expect(withNaN.metrics['val/dice']).toEqual({
      last: 'NaN',
      last_step: 2,
      best: 0.1,
      best_step: 1,
      min: 0.1,
      max: 0.1,
      count: 2,
      nan_count: 1,
    })
  })
  it('is refused where it is none', async () => {
    await expect(getRun('nonsense')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    await expect(getRun('0'.repeat(32))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
