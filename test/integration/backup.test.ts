import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { connect, type Sql, sql } from '../../core/sql.ts'
import { promote } from '../../model-registry/promote.ts'
import { registerVersion } from '../../model-registry/register-version.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { type CliResult, runCli } from '../helpers/run-cli.ts'
import { addModelFiles, seedTrainedRun } from '../helpers/seed-models.ts'
import { seedDataset } from '../helpers/seed-runs.ts'

interface Other {
  database: TestDatabase
  home: string
  sql: Sql
  cli: (...args: string[]) => Promise<CliResult>
}

let folder: string
const others: Other[] = []

/** Another Karyon: a database and a home of its own. */
async function another(): Promise<Other> {
  const database = await createTestDatabase()
  const home = mkdtempSync(join(folder, 'home-'))
  const other = {
    database,
    home,
    sql: connect(database.url, { max: 2 }),
    cli: (...args: string[]) => runCli(args, { env: { DATABASE_URL: database.url, KARYON_HOME: home } }),
  }
  others.push(other)
  return other
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'karyon-backup-'))
  const dataset = await seedDataset()
  for (const id of dataset.imageIds) {
    for (const column of ['image_key', 'label_key'] as const) {
      const key = `blobs/${id.slice(0, 2)}/${id}-${column}.png`
      await artifactStore().put(key, Buffer.from(`${column} of ${id}`))
      await sql()`update dataset_image set ${sql()(column)} = ${key} where id = ${id}`
    }
  }
  const runId = await seedTrainedRun(dataset, { dice: [0.5, NaN], finished: false })
  await registerVersion({ name: 'kept', runId, actor: 'tester', notes: 'a\ttab, a\nnewline, a \\ and an ü' })
  await promote({ name: 'kept', version: 1, reason: 'first', actor: 'tester' })
  await addModelFiles(runId, 4)
  // Tables of all sizes: a few dozen kilobytes arrive in one packet, megabytes in many.
  await sql()`insert into experiment (name) select 'experiment ' || n || repeat('-', 100) from generate_series(1, 300) n`
  await sql()`insert into tag (run_id, key, value) select ${runId}, 'tag ' || n, repeat('x', 500) from generate_series(1, 5000) n`
  const ended = await seedTrainedRun(dataset, { dice: [0.6, 0.7] })
  await registerVersion({ name: 'kept', runId: ended, actor: 'tester' })
})
afterAll(async () => {
  for (const other of others) {
    await other.sql.end()
    await other.database.drop()
  }
  rmSync(folder, { recursive: true, force: true })
})

/** All rows of all tables as text, and all files. */
async function everything(query: Sql, root: string): Promise<Record<string, unknown>> {
  const tables = await query<
    { name: string }[]
  >`select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where relkind = 'r' and nspname = 'public' order by 1`
  const all: Record<string, unknown> = {}
  for (const { name } of tables) {
    const rows = await query<{ row: string }[]>`select t::text as row from ${query(name)} t`
    all[name] = rows.map(({ row }) => row).sort()
  }
  delete all['karyon_migration']
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  all['files'] = Object.fromEntries(
    files.filter((path) => !path.includes('.partial')).map((path) => [path.slice(root.length), readFileSync(path, 'utf8')]),
  )
  return all
}

const here = (): Promise<Record<string, unknown>> => everything(sql(), (artifactStore().localPath('x') ?? '').slice(0, -2))

test.each(['as-folder', 'as-archive.tar'])(
  'what is backed up %s comes back the same, to the last row and byte',
  async (name) => {
    const out = join(folder, name)
    const written = await runCli(['backup', out, '--json'])
    expect([written.status, written.stderr]).toEqual([0, expect.not.stringContaining('Error')])
    expect(JSON.parse(written.stdout)).toMatchObject({ missing: [] })
    const before = await here()

    const other = await another()
    const restored = await other.cli('restore', out)
    expect([restored.status, restored.stderr]).toEqual([0, expect.not.stringContaining('Error')])
    expect(await everything(other.sql, join(other.home, 'artifacts'))).toEqual(before)
    expect(readdirSync(folder).filter((entry) => entry.includes('partial'))).toEqual([])
    expect(readdirSync(other.home)).toEqual(['artifacts'])

    // And it goes on: numbers are not given out twice, what is immutable stays so.
    await other.sql`insert into promotion_event (model_id, alias, kind, to_version_id, reason, actor) select model_id, alias, kind, to_version_id, 'again', 'x' from promotion_event limit 1`
    await expect(other.sql`update promotion_event set reason = 'rewritten'`).rejects.toThrow(/append-only/)
    await other.sql`insert into experiment (name) values ('next')`
  },
  240_000,
)

test('a Karyon that holds something is not overwritten, unless that is said', async () => {
  const out = join(folder, 'as-folder')
  if (!existsSync(out)) expect((await runCli(['backup', out])).status).toBe(0)
  const other = await another()
  await other.sql`insert into registered_model (name) values ('precious')`
  expect(await other.cli('restore', out)).toMatchObject({ status: 3, stderr: expect.stringContaining('registered_model') })
  expect(await other.sql`select name from registered_model`).toEqual([{ name: 'precious' }])
  expect((await other.cli('restore', out, '--force')).status).toBe(0)
  expect(await other.sql`select name from registered_model`).toEqual([{ name: 'kept' }])
})

test('a damaged backup changes nothing', async () => {
  const out = join(folder, 'as-folder')
  if (!existsSync(out)) expect((await runCli(['backup', out])).status).toBe(0)
  const other = await another()
  const damaged = join(folder, 'damaged')
  cpSync(out, damaged, { recursive: true })
  writeFileSync(join(damaged, 'tables/run.copy'), readFileSync(join(out, 'tables/run.copy'), 'utf8').split('\n').slice(1).join('\n'))
  expect((await other.cli('restore', damaged)).status).not.toBe(0)
  expect(await other.sql`select count(*)::int as n from dataset_version`).toEqual([{ n: 0 }])

  const { artifacts } = JSON.parse(readFileSync(join(out, 'backup.json'), 'utf8')) as { artifacts: { key: string; size: number }[] }
  const file = join(damaged, 'artifacts', artifacts[0]?.key ?? '')
  writeFileSync(file, Buffer.alloc(artifacts[0]?.size ?? 0, 120))
  expect(await other.cli('restore', damaged)).toMatchObject({ status: 2, stderr: expect.stringContaining('checksum') })
  expect(await other.cli('restore', folder)).toMatchObject({ status: 2, stderr: expect.stringContaining('no backup') })
})

test('what is there is never written over', async () => {
  expect(await runCli(['backup', folder])).toMatchObject({ status: 3, stderr: expect.stringContaining('already') })
})
