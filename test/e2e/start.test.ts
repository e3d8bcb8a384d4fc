import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { recipeOf, REFERENCE_RUN_PARAMETERS } from '../../core/contracts/run-parameters.ts'
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

const PATIENCE = { timeout: 120_000, interval: 100 }
const EPOCHS = 25
const TWO_SHORT_RUNS = {
  name: 'killed',
  dataset: 'dots',
  parameters: {
    ...recipeOf(REFERENCE_RUN_PARAMETERS),
    learning_rate: { values: [0.003, 0.001] },
    epochs: { value: EPOCHS },
    architecture: { value: 'unet-mobilenetv2-light' },
    encoder_alpha: { value: 0.35 },
    pretrained: { value: 'none' },
    decoder_filters: { value: '16-16-8-8-8' },
    image_size: { value: 64 },
    batch_size: { value: 4 },
  },
}

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${karyon.url}/api/v1/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
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

  it('finishes a sweep whose dashboard, model server and launcher are killed while it trains; at most an epoch is trained again', async () => {
    const db = postgres(readFileSync(join(karyon.home, 'postgres/url'), 'utf8').trim(), { max: 1, onnotice: () => {} })
    try {
      await post('datasets', { name: 'dots', synthetic: { images: 24, seed: 1 } })
      await vi.waitFor(async () => expect(await db`select 1 from job where status = 'finished'`).toHaveLength(1), PATIENCE)
      await post('sweeps', TWO_SHORT_RUNS)
      const states = () =>
        db<{ run_id: string; status: string; epoch: number; attempt: number }[]>`select run_id, status, epoch, attempt from run_state`
      await vi.waitFor(async () => expect((await states()).some(({ epoch }) => epoch > 0)).toBe(true), PATIENCE)
      for (const name of ['dashboard', 'model-server'] as const) {
        const before = karyon.part(name)
        process.kill(before?.pid ?? 0, 'SIGKILL')
        await vi.waitFor(() => another(before, karyon.part(name)), PATIENCE)
      }
      const { launcher } = karyon
      const before = await states()
      expect(before.some(({ status }) => status === 'running')).toBe(true)
      expect(Math.max(...before.map(({ attempt }) => attempt))).toBe(1)
      const killedAt = new Date()
      process.kill(launcher.pid, 'SIGKILL')
      await waitForEnd(launcher, 5000)
      await karyon.launch()
      await vi.waitFor(async () => expect(await db`select 1 from sweep where state = 'finished'`).toHaveLength(1), PATIENCE)

      for (const { run_id: runId, epoch } of before) {
        const points = await db<{ step: string; at: Date }[]>`
          select p.step, p.at from metric_point p join metric_series m on m.id = p.series_id
          where m.run_id = ${runId} and m.key = 'val/loss' order by p.step`
        expect(points.map(({ step }) => Number(step))).toEqual(Array.from({ length: EPOCHS }, (_, i) => i + 1))
        // An epoch that is trained again is written again, with its new time.
        expect(points.filter(({ step, at }) => Number(step) <= epoch && at > killedAt)).toEqual([])
      }
      expect((await states()).map(({ status }) => status)).toEqual(['finished', 'finished'])
    } finally {
      await db.end({ timeout: 1 })
    }
  })

  it('leaves no process behind on Ctrl-C', async () => {
    expect(karyon.processes().length).toBeGreaterThanOrEqual(5)
    expect(await karyon.interrupt()).toBe(0)
    expect(karyon.processes()).toEqual([])
  })
})
