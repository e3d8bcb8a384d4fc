import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkout } from '../../setup/paths.mjs'
import { freePort } from '../../setup/ports.mjs'
import { runningPostgres, stopPostgres } from '../../setup/postgres.mjs'
import { postgresPlace } from '../../setup/postgres-place.mjs'
import { end, isAlive, nameProcess, type ProcessName } from '../../setup/processes.mjs'

export type PartName = 'dashboard' | 'trainer' | 'model-server'

/** A Karyon as a person starts it: `node setup/start.mjs` on a home and ports of its own. */
export class TestKaryon {
  readonly home: string
  readonly port: number
  readonly servePort: number
  output = ''
  #launcher: ChildProcess | undefined
  #env: Record<string, string>

  private constructor(home: string, port: number, servePort: number, env: Record<string, string>) {
    this.home = home
    this.port = port
    this.servePort = servePort
    this.#env = env
  }

  /** Prepares a home without starting anything. */
  static async create(env: Record<string, string> = {}): Promise<TestKaryon> {
    const port = await freePort()
    return new TestKaryon(mkdtempSync(join(tmpdir(), 'karyon-e2e-')), port, await freePort(), env)
  }

  /** Starts one and waits until it is ready. */
  static async start(env: Record<string, string> = {}): Promise<TestKaryon> {
    const karyon = await TestKaryon.create(env)
    await karyon.launch()
    return karyon
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Runs the launcher until it says that it is ready. Fails with its output when it ends before. */
  async launch(): Promise<void> {
    const launcher = this.spawnLauncher()
    this.#launcher = launcher
    this.output = ''
    await new Promise<void>((resolve, reject) => {
      const read = (text: string) => {
        this.output += text
        if (this.output.includes('Karyon is ready at')) resolve()
      }
      launcher.stdout?.setEncoding('utf8').on('data', read)
      launcher.stderr?.setEncoding('utf8').on('data', read)
      launcher.once('exit', (code, signal) => reject(new Error(`The launcher ended (${signal ?? code}):\n${this.output}`)))
    })
  }

  /** Another launcher on the same home and ports; for tests of what it then says. */
  async launchAgain(): Promise<{ status: number | null; output: string }> {
    const launcher = this.spawnLauncher()
    let output = ''
    launcher.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    launcher.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))
    const status = await new Promise<number | null>((resolve) => launcher.once('close', resolve))
    return { status, output }
  }

  /** The process of a part as recorded in the home; undefined while it is not running. */
  part(name: PartName): ProcessName | undefined {
    try {
      const { pid, start } = JSON.parse(readFileSync(join(this.home, 'run', `${name}.json`), 'utf8')) as ProcessName
      return isAlive({ pid, start }) ? { pid, start } : undefined
    } catch {
      return undefined
    }
  }

  postgres(): ProcessName | undefined {
    return runningPostgres(this.home)?.process
  }

  get launcher(): ProcessName {
    const name = nameProcess(this.#launcher?.pid ?? 0)
    if (name === undefined) throw new Error('The launcher does not run')
    return name
  }

  /** Every process that was given this home, found by its environment or its command line. */
  processes(): ProcessName[] {
    const place = existsSync(join(this.home, 'postgres/place.json')) ? postgresPlace(this.home).folder : this.home
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter(
        (pid) =>
          read(`/proc/${pid}/environ`).split('\0').includes(`KARYON_HOME=${this.home}`) || read(`/proc/${pid}/cmdline`).includes(place),
      )
      .map((pid) => nameProcess(Number(pid)))
      .filter((name): name is ProcessName => name !== undefined)
  }

  /** The last lines of every log, for the message of a test that fails. */
  logs(): string {
    const folder = join(this.home, 'logs')
    if (!existsSync(folder)) return this.output
    return readdirSync(folder)
      .map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8').split('\n').slice(-30).join('\n')}`)
      .join('\n')
  }

  /** As Ctrl-C does; resolves with the launcher's exit status. */
  async interrupt(): Promise<number | null> {
    const launcher = this.#launcher
    if (launcher === undefined || launcher.exitCode !== null || launcher.signalCode !== null) return launcher?.exitCode ?? null
    const ended = new Promise<number | null>((resolve) => launcher.once('exit', resolve))
    launcher.kill('SIGINT')
    return ended
  }

  /** Stops everything, also what a killed launcher left, and removes the home. */
  async dispose(): Promise<void> {
    await this.interrupt()
    await stopPostgres({ home: this.home })
    await Promise.all(this.processes().map((name) => end(name, { patienceMs: 1000 })))
    const place = existsSync(join(this.home, 'postgres/place.json')) ? postgresPlace(this.home).folder : this.home
    rmSync(place, { recursive: true, force: true })
    rmSync(this.home, { recursive: true, force: true })
  }

  private spawnLauncher(): ChildProcess {
    const { DATABASE_URL: _, ...inherited } = process.env
    return spawn(process.execPath, [join(checkout, 'setup/start.mjs'), '--port', String(this.port), '--home', this.home], {
      env: {
        ...inherited,
        SERVE_PORT: String(this.servePort),
        KARYON_HOME: this.home,
        KARYON_SERVE_URL: '',
        KARYON_TOKEN: '',
        HOST: '127.0.0.1',
        NODE_ENV: 'production',
        ...this.#env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
