import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { logFolder } from './logs.mjs'
import { end, nameProcess } from './processes.mjs'
import { forgetProcess, recordProcess } from './run-records.mjs'

const LEAVE_WITH_PARENT = fileURLToPath(new URL('./leave-with-parent.mjs', import.meta.url))
// A dead part is back within ten seconds, and one that dies at once does not spin.
const BACK_OFF_MS = [200, 500, 1000, 2000, 4000, 8000]
const STEADY_MS = 60_000
const GROUP_PATIENCE_MS = 3000

/**
 * Keeps Node programs running: each is started again when it ends, until `stop`. Each writes to a log file of its own,
 * sits in a process group of its own (so that Ctrl-C reaches the launcher alone, which then ends the parts in order),
 * and leaves by itself when the launcher is gone.
 * @typedef {{ name: string, args: string[], cwd?: string, env?: Record<string, string | undefined>, patienceMs?: number }} Part
 */
export class Supervisor {
  #home
  #say
  #parts = new Map()
  #stopping = false

  /**
   * @param {{ home: string, say?: (line: string) => void }} options `say` tells a person what was restarted
   */
  constructor({ home, say = () => {} }) {
    this.#home = home
    this.#say = say
  }

  /** @param {Part} part */
  start(part) {
    if (this.#stopping) return
    const state = { part, child: undefined, process: undefined, failures: 0, startedAt: 0, restartAt: undefined, ended: undefined }
    this.#parts.set(part.name, state)
    this.#launch(state)
  }

  /** How a part is: its process (undefined while it waits to be started again) and how often it ended in a row. */
  status(name) {
    const state = this.#parts.get(name)
    return { process: state?.process, failures: state?.failures ?? 0 }
  }

  logPath(name) {
    return join(logFolder(this.#home), `${name}.log`)
  }

  /** Ends one part and starts it anew, e.g. because the database has moved to another port. */
  async restart(name) {
    const state = this.#parts.get(name)
    if (state?.process === undefined) return
    await end(state.process, { patienceMs: state.part.patienceMs })
  }

  /** Ends all parts, all at once, with what they started. Nothing is left when this resolves. */
  async stop() {
    this.#stopping = true
    await Promise.all([...this.#parts.values()].map((state) => this.#end(state)))
  }

  /** Ends all parts without asking. */
  killAll() {
    this.#stopping = true
    for (const state of this.#parts.values()) if (state.child?.pid !== undefined) killGroup(state.child.pid)
  }

  #launch(state) {
    const { part } = state
    const log = openSync(this.logPath(part.name), 'a')
    const child = spawn(process.execPath, ['--import', LEAVE_WITH_PARENT, ...part.args], {
      cwd: part.cwd,
      env: { ...process.env, ...part.env },
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    state.child = child
    state.startedAt = Date.now()
    state.process = child.pid === undefined ? undefined : nameProcess(child.pid)
    if (state.process !== undefined) recordProcess(this.#home, part.name, state.process)
    state.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(signal === null ? `status ${code}` : signal))
    })
    void state.ended.then((how) => this.#whenEnded(state, child, how))
  }

  #whenEnded(state, child, how) {
    const { part } = state
    state.process = undefined
    forgetProcess(this.#home, part.name)
    if (this.#stopping) return
    // Its own children leave by themselves once their channel to it breaks; what does not is made to.
    setTimeout(() => killGroup(child.pid), GROUP_PATIENCE_MS).unref()
    state.failures = Date.now() - state.startedAt > STEADY_MS ? 1 : state.failures + 1
    const wait = BACK_OFF_MS[Math.min(state.failures, BACK_OFF_MS.length) - 1]
    this.#say(`The ${part.name} ended (${how}); starting it again. Its log: ${this.logPath(part.name)}`)
    state.restartAt = setTimeout(() => this.#launch(state), wait)
  }

  async #end(state) {
    clearTimeout(state.restartAt)
    const pid = state.child?.pid
    if (state.process !== undefined) await end(state.process, { patienceMs: state.part.patienceMs })
    if (pid !== undefined) killGroup(pid)
    await state.ended
  }
}

/** Ends what is left of a process group; its number is not given out again while a member lives. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
