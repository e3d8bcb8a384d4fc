import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { checkConnection, runningPostgres, startPostgres, stopPostgres } from '../../setup/postgres.mjs'
import { canPass, postgresPlace } from '../../setup/postgres-place.mjs'
import { isAlive, waitForEnd } from '../../setup/processes.mjs'

// One home for most tests: initdb takes seconds where the disk is busy.
const home = mkdtempSync(join(tmpdir(), 'karyon-pg-'))
const homes = [home]
const folders: string[] = []

afterAll(async () => {
  for (const each of homes) {
    await stopPostgres({ home: each })
    const place = postgresPlace(each)
    rmSync(place.folder, { recursive: true, force: true })
    rmSync(each, { recursive: true, force: true })
  }
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const start = (at: string) => startPostgres({ home: at, embedded: true })

describe('the embedded PostgreSQL', () => {
  it('leaves out an initdb that was interrupted', async () => {
    mkdirSync(join(postgresPlace(home).folder, 'data-18.partial/base'), { recursive: true })
    const { url } = await start(home)
    expect(await query(url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
  })

  it('writes its address where the other parts read it, for its owner alone', async () => {
    const { url } = await start(home)
    const path = join(home, 'postgres/url')
    expect(readFileSync(path, 'utf8').trim()).toBe(url)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'postgres/password')).mode & 0o777).toBe(0o600)
    expect(await query(url, (sql) => sql`select current_setting('timezone') as zone, current_setting('fsync') as fsync`)).toEqual([
      { zone: 'UTC', fsync: 'on' },
    ])
  })

  it('asks for its password', async () => {
    const { url } = await start(home)
    const wrong = new URL(url)
    wrong.password = 'guess'
    await expect(checkConnection(wrong.href)).rejects.toThrow(/DATABASE_URL.*password authentication failed/s)
    expect(readFileSync(join(postgresPlace(home).folder, 'data-18/pg_hba.conf'), 'utf8')).not.toMatch(/^[^#].*\btrust\b/m)
  })

  it('keeps every committed row over a SIGKILL, and comes back on the same port', async () => {
    const first = await start(home)
    await query(first.url, (sql) => sql`create table kept as select generate_series(1, 1000) as n`)
    process.kill(first.process?.pid ?? 0, 'SIGKILL')
    await waitForEnd(first.process, 5000)
    const second = await start(home)
    expect(second.process).not.toEqual(first.process)
    expect(second.url).toBe(first.url)
    expect(await query(second.url, (sql) => sql`select count(*)::int as n from kept`)).toEqual([{ n: 1000 }])
  })

  it('takes up a server that its launcher left behind instead of starting a second one', async () => {
    const [first, second] = await Promise.all([start(home), start(home)])
    expect(second.process).toEqual(first.process)
    expect((await start(home)).process).toEqual(first.process)
  })

  it('stops, and starts with its data', async () => {
    const first = await start(home)
    await query(first.url, (sql) => sql`create table stays (n integer)`)
    await first.stop()
    expect(isAlive(first.process)).toBe(false)
    expect(runningPostgres(home)).toBeUndefined()
    const second = await start(home)
    expect(await query(second.url, (sql) => sql`select to_regclass('stays')::text as name`)).toEqual([{ name: 'stays' }])
  })

  it.runIf(process.getuid?.() === 0)('runs as another user when root starts it, also below a folder that only root may pass', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'karyon-closed-')) // mkdtemp makes it 0700
    folders.push(closed)
    const below = join(closed, 'home')
    mkdirSync(below)
    homes.push(below)
    const place = postgresPlace(below)
    expect(place.folder.startsWith(closed)).toBe(false)
    const { url, process: server } = await start(below)
    expect(await query(url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    expect(statSync(`/proc/${server?.pid}`).uid).toBe(place.uid)
    expect(place.uid).toBeGreaterThan(0)
    // Where it is kept is remembered: the second start finds the same data.
    await stopPostgres({ home: below })
    expect(postgresPlace(below)).toEqual(place)
  })

  it('says so when the database that DATABASE_URL names is down, without telling the password', async () => {
    const first = await start(home)
    await stopPostgres({ home })
    expect(await waitForEnd(first.process, 5000)).toBe(true)
    const failure: Error = await checkConnection(first.url).then(
      () => new Error('it answered'),
      (error: Error) => error,
    )
    expect(failure.message).toMatch(/127\.0\.0\.1:\d+\/karyon.*does not answer/)
    expect(failure.message).not.toContain(new URL(first.url).password)
  })
})

describe('canPass', () => {
  it('tells whether a user may pass every folder on the way', () => {
    expect(canPass('/tmp', 65_534, 65_534)).toBe(true)
    const closed = mkdtempSync(join(tmpdir(), 'karyon-closed-'))
    expect(canPass(closed, 65_534, 65_534)).toBe(false)
    rmSync(closed, { recursive: true })
  })
})
