import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { db } from '../../core/db.ts'
import { deleteDataset } from '../../core/datasets/delete-dataset.ts'
import { runDeleteRunsJob } from '../../core/runs/delete-runs.ts'
import { sql } from '../../core/sql.ts'
import { seedTrainedRun } from '../helpers/seed-models.ts'
import { hexId, seedDataset, seedSweep } from '../helpers/seed-runs.ts'

const schema = readFileSync(fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url)), 'utf8')

const PRISMA_TYPE: Record<string, string> = {
  text: 'String',
  integer: 'Int',
  smallint: 'Int',
  bigint: 'BigInt',
  real: 'Float',
  'double precision': 'Float',
  boolean: 'Boolean',
  jsonb: 'Json',
  'timestamp with time zone': 'DateTime',
}

/** table -> { column: 'Type' | 'Type?' } as schema.prisma says. */
function modelled(): Record<string, Record<string, string>> {
  const tables: Record<string, Record<string, string>> = {}
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)]
  const names = new Set(models.map((m) => m[1]))
  for (const [, , body] of models) {
    const table = /@@map\("(\w+)"\)/.exec(body!)![1]!
    const columns: Record<string, string> = {}
    for (const line of body!.split('\n')) {
      const field = /^\s+(\w+)\s+(\w+)(\?|\[\])?/.exec(line)
      if (!field || names.has(field[2])) continue
      columns[/@map\("(\w+)"\)/.exec(line)?.[1] ?? field[1]!] = field[2]! + (field[3] ?? '')
    }
    tables[table] = columns
  }
  return tables
}

describe('the schema', () => {
  it('of Prisma says what the migrations made, column by column', async () => {
    const expected = modelled()
    const rows = await sql()<{ table_name: string; column_name: string; data_type: string; is_nullable: string }[]>`
      select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = 'public'`
    const actual: Record<string, Record<string, string>> = {}
    for (const row of rows) {
      if (!(row.table_name in expected)) continue
      ;(actual[row.table_name] ??= {})[row.column_name] = PRISMA_TYPE[row.data_type]! + (row.is_nullable === 'YES' ? '?' : '')
    }
    expect(Object.keys(expected)).toHaveLength(19)
    expect(actual).toEqual(expected)
  })

  it('keeps every time as timestamptz(3)', async () => {
    const rows = await sql()`select table_name, column_name, data_type, datetime_precision from information_schema.columns
      where table_schema = 'public' and data_type like 'timestamp%' and table_name not like '%migration%'`
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter((row) => row.data_type !== 'timestamp with time zone' || row.datetime_precision !== 3)).toEqual([])
  })

  it('reads the same instant through both clients', async () => {
    const { createdAt } = await db().experiment.findUniqueOrThrow({ where: { id: 0 } })
    const [row] = await sql()<{ created_at: Date }[]>`select created_at from experiment where id = 0`
    expect(createdAt.getTime()).toBe(row!.created_at.getTime())
  })
})

async function externalRun(): Promise<string> {
  const [run] = await sql()<{ id: string }[]>`insert into run (experiment_id, name, source) values (0, 'r', 'external') returning id`
  await sql()`insert into run_state (run_id) values (${run!.id})`
  return run!.id
}

describe('what must always hold', () => {
  it('a run is leased exactly while it is live', async () => {
    const id = await externalRun()
    await expect(sql()`update run_state set status = 'running' where run_id = ${id}`).rejects.toThrow(/check constraint/)
    await expect(sql()`update run_state set lease_token = ${randomUUID()}, lease_expires_at = now() where run_id = ${id}`).rejects.toThrow(
      /check constraint/,
    )
    await expect(sql()`update run_state set status = 'finished' where run_id = ${id}`).rejects.toThrow(/check constraint/)
    await sql()`update run_state set status = 'running', lease_token = ${randomUUID()}, lease_expires_at = now() where run_id = ${id}`
  })

  it('a promotion is never rewritten', async () => {
    const [model] = await sql()<{ id: string }[]>`insert into registered_model (name) values ('m') returning id`
    const [version] = await sql()<{ id: string }[]>`
      insert into model_version (model_id, version, folder, size, sha256, spec) values (${model!.id}, 1, 'models/m/1', 1, 'x', '{}') returning id`
    await sql()`insert into promotion_event (model_id, alias, kind, to_version_id, reason, actor)
      values (${model!.id}, 'champion', 'promote', ${version!.id}, 'best', 'test')`
    await expect(sql()`update promotion_event set reason = 'other'`).rejects.toThrow(/append-only/)
    await expect(sql()`delete from promotion_event`).rejects.toThrow(/append-only/)
    await expect(sql()`insert into model_alias (model_id, alias, version_id) values (${model!.id}, 'v1', ${version!.id})`).rejects.toThrow(
      /check constraint/,
    )
    // With the model its history goes too.
    await sql()`delete from registered_model where id = ${model!.id}`
    expect(await sql()`select 1 from promotion_event where model_id = ${model!.id}`).toHaveLength(0)
  })

  it('a look at the test set stays counted, until its dataset is gone', async () => {
    const seen = await seedDataset()
    const { runIds } = await seedSweep(seen, 1)
    await sql()`insert into test_look (dataset_version_id, split_id, run_id, reason, actor)
      values (${seen.datasetVersionId}, ${seen.splitId}, ${runIds[0]!}, 'curious', 'ada')`
    await expect(sql()`delete from test_look`).rejects.toThrow(/append-only/)
    await sql()`delete from sweep where dataset_version_id = ${seen.datasetVersionId}`
    expect(await sql()`select run_id from test_look`).toEqual([{ run_id: null }])
    const [dataset] = await sql()<
      { name: string }[]
    >`select d.name from dataset d join dataset_version v on v.dataset_id = d.id where v.id = ${seen.datasetVersionId}`
    await deleteDataset(dataset!.name)
    expect(await sql()`select 1 from test_look`).toHaveLength(0)
  })

  it('transitions, points, scores and files of an ended run go with the run alone', async () => {
    const seen = await seedDataset()
    const runId = await seedTrainedRun(seen, { dice: [0.8, 0.9] })
    await sql()`insert into run_transition (run_id, from_status, to_status, actor) values (${runId}, 'running', 'finished', 'ada')`
    await sql()`update run set lifecycle_stage = 'deleted', deleted_at = now() where id = ${runId}`
    await expect(sql()`delete from run_transition where run_id = ${runId}`).rejects.toThrow(/append-only/)
    await expect(sql()`delete from param where run_id = ${runId}`).rejects.toThrow(/immutable/)
    await expect(sql()`delete from artifact where run_id = ${runId}`).rejects.toThrow(/immutable/)
    await expect(sql()`delete from image_score where run_id = ${runId}`).rejects.toThrow(/immutable/)
    await expect(sql()`delete from metric_series where run_id = ${runId}`).rejects.toThrow(/immutable/)
    await expect(sql()`delete from metric_point where series_id in (select id from metric_series where run_id = ${runId})`).rejects.toThrow(
      /immutable/,
    )
    const context = { jobId: hexId(), attempt: 1, actor: 'ada', report: () => {}, signal: new AbortController().signal }
    expect(await runDeleteRunsJob({ run_ids: [runId] }, context)).toEqual({ removed: 1, left: 0 })
    expect(await sql()`select 1 from run_transition where run_id = ${runId}`).toHaveLength(0)
    expect(await sql()`select 1 from image_score where run_id = ${runId}`).toHaveLength(0)
  })

  it('a sweep never optimises on the test set', async () => {
    const columns = sql()`insert into sweep (name, experiment_id, dataset_version_id, split_id, method, metric_name, metric_goal, run_cap, spec)
      values ('s', 0, ${'0'.repeat(32)}, ${'0'.repeat(32)}, 'grid', 'test/dice', 'maximize', 1, '{}')`
    await expect(columns).rejects.toThrow(/sweep_metric_name_check/)
  })

  it('points, params and images of an ended run of our own are immutable', async () => {
    const [dataset] = await sql()<{ id: string }[]>`insert into dataset (name) values ('d') returning id`
    const [version] = await sql()<
      { id: string }[]
    >`insert into dataset_version (dataset_id, version, content_hash, layout, image_count, object_count)
      values (${dataset!.id}, 1, ${'a'.repeat(64)}, 'bowl', 1, 1) returning id`
    const [split] = await sql()<{ id: string }[]>`insert into split (dataset_version_id, seed, train_fraction, val_fraction, test_fraction)
      values (${version!.id}, 0, 0.7, 0.15, 0.15) returning id`
    const [run] = await sql()<{ id: string }[]>`insert into run (experiment_id, name, dataset_version_id, split_id)
      values (0, 'r', ${version!.id}, ${split!.id}) returning id`
    await sql()`insert into run_state (run_id) values (${run!.id})`
    await sql()`insert into param values (${run!.id}, 'epochs', '3')`
    const [series] = await sql()<{ id: number }[]>`insert into metric_series (run_id, key) values (${run!.id}, 'val/dice') returning id`
    const point = (step: number, value: number) =>
      sql()`insert into metric_point (series_id, step, at, value, seq) values (${series!.id}, ${step}, now(), ${value}, 1)`
    await point(1, NaN)
    await point(2, Infinity)
    await sql()`update run_state set status = 'finished', ended_at = now() where run_id = ${run!.id}`
    await expect(point(3, 0.5)).rejects.toThrow(/immutable/)
    await expect(sql()`update param set value = '4' where run_id = ${run!.id}`).rejects.toThrow(/immutable/)
    const values = await sql()<{ value: number }[]>`select value from metric_point where series_id = ${series!.id} order by step`
    expect(values.map((row) => row.value)).toEqual([NaN, Infinity])
    // Deleting the whole run is no change of it.
    await sql()`update run set lifecycle_stage = 'deleted', deleted_at = now() where id = ${run!.id}`
    await sql()`delete from run where id = ${run!.id}`
    expect(await sql()`select 1 from metric_series where run_id = ${run!.id}`).toHaveLength(0)
  })
})
