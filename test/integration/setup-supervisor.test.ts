import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { rotateLogs } from '../../setup/logs.mjs'
import { end, isAlive, nameProcess, type ProcessName } from '../../setup/processes.mjs'
import { reapLeftovers, recordProcess } from '../../setup/run-records.mjs'
import { Supervisor } from '../../setup/supervisor.mjs'

let home: string
let supervisor: Supervisor
const started: ChildProcess[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'karyon-supervisor-'))
  supervisor = new Supervisor({ home })
})

afterEach(async () => {
  await supervisor.stop()
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

/** A part that runs for ever; with `stubborn` it does not heed SIGTERM. */
function part(name: string, body = ''): { name: string; args: string[]; patienceMs: number } {
  const path = join(home, `${name}.mjs`)
  writeFileSync(path, `setInterval(() => {}, 1000)\n${body}\nconsole.log('up', process.pid)\n`)
  return { name, args: [path], patienceMs: 500 }
}

async function running(name: string, other?: ProcessName): Promise<ProcessName> {
  return vi.waitFor(
    () => {
      const process = supervisor.status(name).process
      if (process === undefined || process.pid === other?.pid) throw new Error(`${name} does not run`)
      return process as ProcessName
    },
    { timeout: 10_000, interval: 20 },
  )
}

const log = (name: string) => readFileSync(join(home, 'logs', `${name}.log`), 'utf8')

describe('Supervisor', () => {
  it('starts a killed part again and writes down which process it is', async () => {
    supervisor.start(part('dummy'))
    const first = await running('dummy')
    process.kill(first.pid, 'SIGKILL')
    const second = await running('dummy', first)
    expect(isAlive(second)).toBe(true)
    expect(JSON.parse(readFileSync(join(home, 'run/dummy.json'), 'utf8'))).toEqual(second)
    await vi.waitFor(() => expect(log('dummy')).toContain(`up ${second.pid}`), { timeout: 10_000 })
  })

  it('goes on starting a part that fails, and counts its failures', async () => {
    supervisor.start(part('broken', 'process.exit(3)'))
    await vi.waitFor(() => expect(supervisor.status('broken').failures).toBeGreaterThanOrEqual(2), { timeout: 10_000 })
  })

  it('leaves no process behind when it stops: not a stubborn part, not a part’s own child', async () => {
    supervisor.start(part('stubborn', "process.on('SIGTERM', () => {})"))
    supervisor.start(
      part('parent', "const { spawn } = await import('node:child_process'); console.log('child', spawn('sleep', ['600']).pid)"),
    )
    const processes = [await running('stubborn'), await running('parent')]
    await vi.waitFor(() => expect(log('parent')).toMatch(/child \d+/), { timeout: 10_000 })
    await vi.waitFor(() => expect(log('stubborn')).toMatch(/up/), { timeout: 10_000 })
    const child = nameProcess(Number(/child (\d+)/.exec(log('parent'))?.[1]))
    expect(isAlive(child)).toBe(true)
    await supervisor.stop()
    expect(processes.map(isAlive)).toEqual([false, false])
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 5000 })
    expect(readdirSync(join(home, 'run'))).toEqual([])
  })

  it('has its parts leave when it is killed itself', async () => {
    const { args } = part('orphan')
    const launcher = join(home, 'launcher.mjs')
    const module = pathToFileURL(fileURLToPath(new URL('../../setup/supervisor.mjs', import.meta.url))).href
    writeFileSync(
      launcher,
      `import { Supervisor } from ${JSON.stringify(module)}\nnew Supervisor({ home: ${JSON.stringify(home)} }).start({ name: 'orphan', args: ${JSON.stringify(args)} })\n`,
    )
    const child = spawn(process.execPath, [launcher], { stdio: 'ignore' })
    started.push(child)
    const orphan = await vi.waitFor(
      () => {
        expect(log('orphan')).toMatch(/up/)
        return JSON.parse(readFileSync(join(home, 'run/orphan.json'), 'utf8')) as ProcessName
      },
      { timeout: 10_000 },
    )
    expect(isAlive(orphan)).toBe(true)
    child.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(orphan)).toBe(false), { timeout: 15_000 })
  })
})

describe('reapLeftovers', () => {
  it('ends the recorded process and no other that has come to its pid', async () => {
    const left = spawn('sleep', ['600'])
    const stranger = spawn('sleep', ['600'])
    started.push(left, stranger)
    const leftName = nameProcess(left.pid ?? 0)
    const strangerName = nameProcess(stranger.pid ?? 0)
    recordProcess(home, 'left', leftName)
    recordProcess(home, 'stranger', { pid: stranger.pid, start: 'another boot:1' })
    expect(await reapLeftovers(home)).toEqual(['left'])
    expect([isAlive(leftName), isAlive(strangerName)]).toEqual([false, true])
    expect(readdirSync(join(home, 'run'))).toEqual([])
  })
})

describe('processes', () => {
  it('counts a process that ended and was not collected as gone', async () => {
    const child = spawn('sleep', ['600'])
    const name = nameProcess(child.pid ?? 0)
    expect(isAlive(name)).toBe(true)
    await end(name)
    expect(isAlive(name)).toBe(false)
    expect(isAlive(undefined)).toBe(false)
  })
})

describe('rotateLogs', () => {
  it('sets aside what has grown past the limit, at most three of it, and lets the writer go on', () => {
    const path = join(home, 'part.log')
    for (const text of ['first', 'second', 'third', 'fourth']) {
      writeFileSync(path, text.repeat(10))
      rotateLogs(home, 20)
    }
    expect(statSync(path).size).toBe(0)
    expect([1, 2, 3].map((n) => readFileSync(`${path}.${n}`, 'utf8').slice(0, 5))).toEqual(['fourt', 'third', 'secon'])
    expect(existsSync(`${path}.4`)).toBe(false)
    writeFileSync(path, 'short')
    rotateLogs(home, 20)
    expect(readFileSync(path, 'utf8')).toBe('short')
  })
})
