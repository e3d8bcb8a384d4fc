import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { lock } from './lock.mjs'
import { databaseUrl, ensureData, writePrivately } from './postgres-init.mjs'
import { installBinaries, postgresPlace, runsAs } from './postgres-place.mjs'
import { freePort } from './ports.mjs'
import { end, isAlive, nameProcess, signal, waitForEnd } from './processes.mjs'
import { setting } from './paths.mjs'

// Modest: a few dozen connections on a workstation that trains at the same time. Durable: fsync and synchronous_commit
// stay on. No replication, hence minimal WAL; no parallel workers, hence no need of a large /dev/shm.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '512MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}
const START_TIMEOUT_MS = 60_000

/**
 * A running database.
 * @typedef {{ url: string, process: import('./processes.mjs').ProcessName | undefined, stop: () => Promise<void> }} Database
 *   `process` is undefined for a database that DATABASE_URL names: Karyon neither starts nor stops it.
 */

/**
 * The embedded PostgreSQL of a home, started; or reused when it already runs (it outlives a launcher that was killed).
 * Writes its address to `<home>/postgres/url` (0600), where core/env.ts reads it.
 * @param {{ home: string, embedded?: boolean, settings?: Record<string, string> }} options
 *   `embedded`: leave DATABASE_URL out of account; `settings`: over the usual ones
 * @returns {Promise<Database>}
 */
export async function startPostgres({ home, embedded = false, settings = {} }) {
  const url = setting('DATABASE_URL')
  if (url !== undefined && !embedded) {
    await checkConnection(url)
    return { url, process: undefined, stop: async () => {} }
  }
  const release = await lock(`postgres of ${home}`)
  try {
    return await startEmbedded(home, settings)
  } finally {
    await release()
  }
}

/** Stops a home's PostgreSQL if it runs: fast shutdown, which rolls back what is open and writes a checkpoint. */
export async function stopPostgres({ home }) {
  const running = runningPostgres(home)
  if (running === undefined) return
  signal(running.process, 'SIGINT')
  if (await waitForEnd(running.process, 20_000)) return
  await end(running.process, { signalName: 'SIGQUIT' })
}

/** What runs on this home's data, by its postmaster.pid; undefined when nothing does. */
export function runningPostgres(home) {
  let place
  try {
    place = JSON.parse(readFileSync(join(home, 'postgres/place.json'), 'utf8'))
  } catch {
    return undefined
  }
  for (const major of ['18']) {
    const data = join(place.folder, `data-${major}`)
    const found = readPostmaster(data)
    if (found !== undefined) return found
  }
  return undefined
}

async function startEmbedded(home, settings) {
  const place = postgresPlace(home)
  const binaries = installBinaries(place)
  const data = await ensureData(home, place, binaries)
  const logs = join(home, 'logs')
  mkdirSync(logs, { recursive: true })
  const until = Date.now() + START_TIMEOUT_MS
  let child
  for (;;) {
    const running = readPostmaster(data)
    if (running?.ready) {
      const url = databaseUrl(home, running.port)
      writePrivately(join(home, 'postgres/url'), `${url}\n`)
      return { url, process: running.process, stop: () => stopPostgres({ home }) }
    }
    if (Date.now() > until) {
      throw new SetupError(`PostgreSQL did not become ready within ${START_TIMEOUT_MS / 1000} s.`, `Its log: ${join(logs, 'postgres.log')}`)
    }
    // Not there, or it ended: what a killed server left behind (a lock file, shared memory in use by a backend that
    // has not noticed yet) goes away within moments, so try again until the time is up.
    if (running === undefined && (child === undefined || child.exitCode !== null || child.signalCode !== null)) {
      if (child !== undefined) await pause(300)
      removeForeignLock(data)
      child = launch({ settings, place, binaries, data, port: await keptPort(home), log: join(logs, 'postgres.log') })
      await spawned(child, place)
    }
    await pause(25)
  }
}

function launch({ settings, place, binaries, data, port, log }) {
  const output = openSync(log, 'a')
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  try {
    const child = spawn(join(binaries.bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      cwd: '/',
      uid: place.uid,
      gid: place.gid,
      // Its own session: Ctrl-C in the terminal must not reach it before those who are still writing have ended.
      detached: true,
      stdio: ['ignore', output, output],
      env: { PATH: process.env.PATH, LANG: 'C', TZ: 'UTC' },
    })
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

function spawned(child, place) {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      reject(
        new SetupError(
          `PostgreSQL could not be started as ${runsAs(place)}: ${cause.message}`,
          'Start Karyon as an ordinary user, or set DATABASE_URL.',
          { cause },
        ),
      )
    })
  })
}

/** The port of the last start, as long as nothing else took it: open psql sessions and scripts keep working. */
async function keptPort(home) {
  const path = join(home, 'postgres/port')
  let kept
  try {
    kept = Number(readFileSync(path, 'utf8'))
  } catch {
    // First start.
  }
  const port = await freePort(kept)
  if (port !== kept) writePrivately(path, `${port}\n`)
  return port
}

/** postmaster.pid: pid, data folder, start, port, socket folder, address, shared memory, state. */
function readPostmaster(data) {
  const lines = readText(join(data, 'postmaster.pid')).split('\n')
  const found = nameProcess(Number(lines[0]))
  if (found === undefined || !commandLine(found.pid).includes(data)) return undefined
  return { process: found, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

/**
 * PostgreSQL refuses to start when the pid in a left-over postmaster.pid has meanwhile been given to another process of
 * the same user. Otherwise the file must stay: through it a new server finds out that backends of a killed one still
 * hold its shared memory, and two servers on one data folder destroy it.
 */
function removeForeignLock(data) {
  const path = join(data, 'postmaster.pid')
  const pid = Number(readText(path).split('\n')[0])
  if (!(pid > 0) || nameProcess(pid) === undefined) return
  const backendsLeft = readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && linkTarget(`/proc/${entry}/cwd`) === data)
  if (!backendsLeft) rmSync(path, { force: true })
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkTarget(path) {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function commandLine(pid) {
  return readText(`/proc/${pid}/cmdline`).split('\0')
}

/** @throws SetupError naming host and database, never the password, when DATABASE_URL does not answer */
export async function checkConnection(url) {
  const { default: postgres } = await import('postgres')
  const { host, pathname } = new URL(url)
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    const [row] = await sql`select current_setting('server_version_num')::int as version`
    if (row.version < 140000)
      throw new SetupError(`The database at ${host}${pathname} is PostgreSQL ${Math.floor(row.version / 10000)}; Karyon needs 14 or newer.`)
  } catch (cause) {
    if (cause instanceof SetupError) throw cause
    throw new SetupError(
      `The database that DATABASE_URL names (${host}${pathname}) does not answer: ${cause.message || cause.code}.`,
      'Start it or correct DATABASE_URL; unset, Karyon runs a PostgreSQL of its own.',
      { cause, exitStatus: 6 },
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Whether the server process of `database` is still there; one that DATABASE_URL names is not ours to watch. */
export function isRunning(database) {
  return database.process === undefined || isAlive(database.process)
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
