import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { tryLock } from './lock.mjs'
import { lastLines, logFolder, rotateLogs } from './logs.mjs'
import { migrate } from './migrate.mjs'
import { dashboardAnswers, dashboardUrl, modelServerAnswers, parts, trainerBeats } from './parts.mjs'
import { portObstacle, whoListens } from './ports.mjs'
import { nameProcess } from './processes.mjs'
import { isRunning, startPostgres } from './postgres.mjs'
import { forgetProcess, recordProcess } from './run-records.mjs'
import { formatSeconds, step } from './steps.mjs'
import { Supervisor } from './supervisor.mjs'

const READY_TIMEOUT_MS = 120_000
const GIVE_UP_AFTER = 4
const DATABASE_WATCH_MS = 1000
const ROTATE_MS = 30_000

/**
 * Takes hold of a home for this process, or says who has it.
 * @returns {Promise<() => Promise<void>>} the release
 */
export async function takeHome(home) {
  mkdirSync(home, { recursive: true, mode: 0o755 })
  const release = await tryLock(`home ${realpathSync(home)}`)
  if (release !== undefined) return release
  const first = readLauncher(home)
  const where = first?.url === undefined ? 'and is still starting' : `at ${first.url}`
  throw new SetupError(
    `Karyon already runs on ${home}, ${where}${first?.pid === undefined ? '' : ` (pid ${first.pid})`}.`,
    'Use that one, end it with Ctrl-C first, or give this one a home and a port of its own: `npm start -- --home DIR --port 4000`.',
    { exitStatus: 3 },
  )
}

/** @throws SetupError naming the port, who has it and what to do */
export async function requirePorts({ host, port, servePort }) {
  await requirePort(port, host, 'PORT', '`npm start -- --port 4000`')
  await requirePort(servePort, '127.0.0.1', 'SERVE_PORT', '`SERVE_PORT=4001 npm start`')
}

async function requirePort(port, host, variable, remedy) {
  const obstacle = await portObstacle(port, host)
  if (obstacle === undefined) return
  if (obstacle === 'EADDRINUSE') {
    throw new SetupError(
      `Port ${port} (${variable}) is in use by ${whoListens(port) ?? 'a program of another user'}.`,
      `End that, or choose another port: ${remedy}.`,
      { exitStatus: 3 },
    )
  }
  if (obstacle === 'EACCES') {
    throw new SetupError(`Port ${port} (${variable}) is only for root.`, `Choose one above 1023: ${remedy}.`, { exitStatus: 3 })
  }
  throw new SetupError(
    `HOST is ${host}, which is no address of this machine (${obstacle}).`,
    'Set HOST to one of its addresses, to 0.0.0.0 for all, or to 127.0.0.1.',
    { exitStatus: 2 },
  )
}

/**
 * Database, dashboard, trainer and model server on a home that this process holds. `start` resolves when all four
 * answer; from then on what dies is started again, until `stop`, which may be called at any time.
 */
export class Karyon {
  #options
  #say
  #supervisor
  #parts
  #database
  #starting = Promise.resolve()
  #timers = []
  #stopped
  #mending = Promise.resolve()
  url

  /**
   * @param {{ home: string, host: string, port: number, servePort: number, token: string | undefined }} options
   * @param {(line: string) => void} say
   */
  constructor(options, say) {
    this.#options = options
    this.#say = say
    this.#supervisor = new Supervisor({ home: options.home, say })
    this.#parts = parts(options)
    this.url = dashboardUrl(options)
  }

  async start() {
    this.#starting = this.#start()
    try {
      await this.#starting
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Ends the parts, then the database they write to. Nothing is left when this resolves. */
  stop() {
    return (this.#stopped ??= this.#stop())
  }

  /** Ends the parts without asking; `stop` then has little to wait for. */
  hurry() {
    this.#supervisor.killAll()
  }

  async #start() {
    const { home } = this.#options
    recordProcess(home, 'launcher', nameProcess(process.pid))
    rotateLogs(logFolder(home))
    this.#database = await step('Database', async (progress) => {
      progress.progress('starting')
      return startPostgres({ home })
    })
    const applied = await migrate(this.#database.url)
    if (applied.length > 0) await step('Migrations', () => applied.join(', '))
    this.#timers.push(
      setInterval(() => (this.#mending = this.#mending.then(() => this.#mendDatabase())), DATABASE_WATCH_MS),
      setInterval(() => rotateLogs(logFolder(home)), ROTATE_MS),
    )
    if (this.#stopped !== undefined) return
    await step('Dashboard, trainer and model server', async (progress) => {
      for (const part of this.#parts) this.#supervisor.start(part)
      await this.#untilReady(progress)
    })
    recordProcess(home, 'launcher', nameProcess(process.pid), { url: this.url, serveUrl: `http://127.0.0.1:${this.#options.servePort}` })
  }

  async #stop() {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#supervisor.stop()
    await this.#starting.catch(() => {}) // it ends by itself once it sees that all is to stop
    await this.#mending
    for (const timer of this.#timers) clearInterval(timer)
    await this.#database?.stop()
    forgetProcess(this.#options.home, 'launcher')
  }

  async #mendDatabase() {
    if (this.#stopped !== undefined || isRunning(this.#database)) return
    try {
      this.#say('The database ended; starting it again.')
      const before = this.#database.url
      this.#database = await startPostgres({ home: this.#options.home })
      // Its port is kept unless another program took it meanwhile; then the parts must read the new address.
      if (this.#database.url !== before) await Promise.all(this.#parts.map(({ name }) => this.#supervisor.restart(name)))
    } catch (error) {
      this.#say(`The database could not be started again: ${error.message} Trying on.`)
    }
  }

  async #untilReady(progress) {
    const checks = {
      dashboard: () => dashboardAnswers(this.#options),
      trainer: () => trainerBeats(this.#database.url, this.#supervisor.status('trainer').process?.pid),
      'model-server': () => modelServerAnswers(this.#options),
    }
    const startedAt = Date.now()
    const waiting = new Set(this.#parts.map(({ name }) => name))
    while (waiting.size > 0 && this.#stopped === undefined) {
      progress.progress(`waiting for ${[...waiting].join(', ')}`)
      await Promise.all([...waiting].map(async (name) => ((await checks[name]()) ? waiting.delete(name) : undefined)))
      const failing = [...waiting].find((name) => this.#supervisor.status(name).failures >= GIVE_UP_AFTER)
      if (failing !== undefined) throw this.#notReady(failing, `ended ${GIVE_UP_AFTER} times while starting`)
      if (Date.now() - startedAt > READY_TIMEOUT_MS)
        throw this.#notReady([...waiting][0], `did not get ready within ${formatSeconds(READY_TIMEOUT_MS / 1000)}`)
      if (waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, 150))
    }
  }

  #notReady(name, how) {
    const log = this.#supervisor.logPath(name)
    return new SetupError(`The ${name} ${how}. The end of its log (${log}):\n${lastLines(log)}`, '`npx karyon doctor` looks at each part.')
  }
}

function readLauncher(home) {
  try {
    return JSON.parse(readFileSync(join(home, 'run/launcher.json'), 'utf8'))
  } catch {
    return undefined
  }
}
