import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { examine } from '../../setup/doctor.mjs'
import { isAlive, waitForEnd, type ProcessName } from '../../setup/processes.mjs'
import { TestKaryon, type PartName } from '../helpers/karyon.ts'

let karyon: TestKaryon
beforeAll(async () => {
  karyon = await TestKaryon.start()
})
afterAll(() => karyon.dispose())

const PARTS: PartName[] = ['dashboard', 'trainer', 'model-server']

async function healthy(): Promise<void> {
  await vi.waitFor(
    async () => {
      const results = await examine({ home: karyon.home, port: karyon.port, servePort: karyon.servePort })
      const ill = results.filter(
        ({ name, ok }) =>
          !ok && ['PostgreSQL', 'Migrations', 'Dashboard', 'Trainer', 'Model server', 'TensorFlow', 'Packages'].includes(name),
      )
      if (ill.length > 0) throw new Error(`${JSON.stringify(ill)}\n${karyon.logs()}`)
    },
    { timeout: 60_000, interval: 500 },
  )
}

function another(than: ProcessName | undefined, now: ProcessName | undefined): void {
  if (now === undefined || (now.pid === than?.pid && now.start === than.start)) throw new Error('not started again yet')
}

// In order, on one Karyon: each test leaves it running for the next.
describe('npm start', () => {
  it('runs everything, and the doctor finds it well', async () => {
    await healthy()
    expect(karyon.output.trimEnd().split('\n').at(-1)).toBe(`Karyon is ready at ${karyon.url}`)
  })

  it('refuses a second start on the same home, says where the first runs and leaves it alone', async () => {
    const before = PARTS.map((name) => karyon.part(name))
    const { status, output } = await karyon.launchAgain()
    expect(status).toBe(3)
    expect(output).toContain(`already runs on ${karyon.home}, at ${karyon.url}`)
    expect(PARTS.map((name) => karyon.part(name))).toEqual(before)
  })

  it.each(PARTS)('starts a killed %s again', async (name) => {
    const before = karyon.part(name)
    expect(before).toBeDefined()
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(() => another(before, karyon.part(name)), { timeout: 30_000, interval: 100 })
    await healthy()
  })

  it('starts a killed database again, and all others find it', async () => {
    const before = karyon.postgres()
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(() => another(before, karyon.postgres()), { timeout: 30_000, interval: 100 })
    await healthy()
  })

  it('has the parts leave when the launcher is killed, keeps the database, and starts again over it', async () => {
    const { launcher } = karyon
    const parts = PARTS.map((name) => karyon.part(name))
    const database = karyon.postgres()
    process.kill(launcher.pid, 'SIGKILL')
    await waitForEnd(launcher, 5000)
    // At once, while the old parts may still be leaving.
    await karyon.launch()
    expect(parts.map((part) => part !== undefined && isAlive(part))).toEqual([false, false, false])
    expect(karyon.postgres()).toEqual(database)
    await healthy()
  })

  it('leaves no process behind on Ctrl-C', async () => {
    expect(karyon.processes().length).toBeGreaterThanOrEqual(5)
    expect(await karyon.interrupt()).toBe(0)
    expect(karyon.processes()).toEqual([])
  })
})
