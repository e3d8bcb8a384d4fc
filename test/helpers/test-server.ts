import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import postgres from 'postgres'
import { lock } from '../../setup/lock.mjs'
import { migrate, readMigrations } from '../../setup/migrate.mjs'
import { cacheFolder } from '../../setup/paths.mjs'
import { startPostgres, stopPostgres } from '../../setup/postgres.mjs'
import { isAlive, nameProcess } from '../../setup/processes.mjs'

/**
 * One PostgreSQL for the tests of this user, kept in the cache so that a run of one file does not wait for initdb. Runs
 * that overlap share it; the last one out stops it. Its data is worth nothing, so it does not sync to disk.
 */
const home = join(cacheFolder(), 'test-database')
const users = join(home, 'users')

export interface TestServer {
  adminUrl: string
  template: string
  release: () => Promise<void>
}

export async function acquireTestServer(): Promise<TestServer> {
  mkdirSync(users, { recursive: true })
  const unlock = await lock(home)
  try {
    const first = livingUsers().length === 0
    const server = await startPostgres({ home, embedded: true, settings: { fsync: 'off', max_connections: '300' } })
    const ticket = join(users, `${process.pid}-${randomBytes(4).toString('hex')}.json`)
    writeFileSync(ticket, JSON.stringify(nameProcess(process.pid)))
    const template = await ensureTemplate(server.url, first)
    return { adminUrl: server.url, template, release: () => release(ticket) }
  } finally {
    await unlock()
  }
}

async function release(ticket: string): Promise<void> {
  const unlock = await lock(home)
  try {
    rmSync(ticket, { force: true })
    if (livingUsers().length === 0) await stopPostgres({ home })
  } finally {
    await unlock()
  }
}

/** Tickets of runs that still live; those of killed runs are removed on the way. */
function livingUsers(): string[] {
  return readdirSync(users).filter((file) => {
    const path = join(users, file)
    const owner = nameProcess(Number(file.split('-')[0]))
    if (owner !== undefined && isAlive(owner)) return true
    rmSync(path, { force: true })
    return false
  })
}

/** A migrated database that is only ever copied. The first run on an idle server sweeps out what killed runs left. */
async function ensureTemplate(adminUrl: string, sweep: boolean): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, checksum } of readMigrations()) hash.update(`${name} ${checksum}\n`)
  const template = `template_${hash.digest('hex').slice(0, 16)}`
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    const existing = (await sql<{ datname: string }[]>`select datname from pg_database where datname ~ '^(test|template)_'`).map(
      (row) => row.datname,
    )
    if (sweep) {
      for (const name of existing.filter((name) => name !== template)) await sql.unsafe(`drop database if exists ${name} with (force)`)
    }
    if (!existing.includes(template)) {
      const stage = `test_${template}`
      await sql.unsafe(`drop database if exists ${stage} with (force)`)
      await sql.unsafe(`create database ${stage}`)
      await migrate(withDatabase(adminUrl, stage))
      await sql.unsafe(`alter database ${stage} rename to ${template}`)
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
  return template
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
