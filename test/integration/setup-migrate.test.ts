import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, migrationStatus } from '../../setup/migrate.mjs'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
let folder: string
let sql: postgres.Sql

beforeEach(async () => {
  database = await createEmptyDatabase()
  folder = mkdtempSync(join(tmpdir(), 'karyon-migrations-'))
  sql = postgres(database.url, { max: 2, onnotice: () => {} })
  write('0001_first', 'create table first (id integer primary key);\ninsert into first values (7);')
})

afterEach(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'migration.sql'), text)
}

describe('migrate', () => {
  it('applies each migration once, in the order of their names', async () => {
    write('0002_second', 'alter table first add column name text')
    expect(await migrate(database.url, { folder })).toEqual(['0001_first', '0002_second'])
    expect(await migrate(database.url, { folder })).toEqual([])
    expect(await sql`select * from first`).toEqual([{ id: 7, name: null }])
    expect(await migrationStatus(database.url, { folder })).toEqual({ applied: ['0001_first', '0002_second'], missing: [] })
  })

  it('applies a migration once when several processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, { folder })))
    expect(applied.flat()).toEqual(['0001_first'])
  })

  it('keeps nothing of a migration that fails, and goes on from there when it is corrected', async () => {
    write('0002_second', 'create table second (id integer);\ninsert into missing values (1);')
    await expect(migrate(database.url, { folder })).rejects.toThrow(/0002_second failed \(line 2\).*missing/)
    expect(await sql`select to_regclass('second') as second`).toEqual([{ second: null }])
    expect((await migrationStatus(database.url, { folder })).missing).toEqual(['0002_second'])
    write('0002_second', 'create table second (id integer)')
    expect(await migrate(database.url, { folder })).toEqual(['0002_second'])
  })

  it('refuses a migration that was edited after it had been applied', async () => {
    await migrate(database.url, { folder })
    write('0001_first', 'create table first (id bigint primary key)')
    write('0002_second', 'create table second (id integer)')
    await expect(migrate(database.url, { folder })).rejects.toThrow(/0001_first was edited/)
    expect(await sql`select to_regclass('second') as second`).toEqual([{ second: null }])
  })

  it('refuses a database that a newer checkout has migrated', async () => {
    cpSync(folder, `${folder}-newer`, { recursive: true })
    write('0002_second', 'create table second (id integer)')
    await migrate(database.url, { folder })
    await expect(migrate(database.url, { folder: `${folder}-newer` })).rejects.toThrow(/0002_second.*newer Karyon/)
    rmSync(`${folder}-newer`, { recursive: true })
  })
})
