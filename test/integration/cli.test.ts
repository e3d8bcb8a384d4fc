import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeLabels } from '../../core/datasets/label-image.ts'
import { readImage, writeImage } from '../../core/datasets/read-image.ts'
import { getJob, listJobs } from '../../core/jobs/get-job.ts'
import { tinyModel } from '../helpers/model-server.ts'
import { runCli, startCli } from '../helpers/run-cli.ts'
import { seedTrainedRun } from '../helpers/seed-models.ts'
import { hexId, type SeededDataset, seedDataset, until } from '../helpers/seed-runs.ts'

let dataset: SeededDataset
let folder: string

beforeAll(async () => {
  dataset = await seedDataset()
  folder = mkdtempSync(join(tmpdir(), 'karyon-cli-'))
})

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await runCli([...args, '--json'])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout) as Record<string, unknown>
}

test('bad usage ends with status 2 and the nearest command, a missing thing with 4', async () => {
  expect(await runCli(['run', 'lsit'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('karyon run list') })
  expect(await runCli(['run', 'show', hexId()])).toMatchObject({ status: 4, stderr: expect.stringMatching(/^Error: There is no run/) })
  const { status, stderr } = await runCli(['model', 'history', 'nobody', '--json'])
  expect(status).toBe(4)
  expect(JSON.parse(stderr)).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
  expect(await runCli(['run', 'list'], { env: { DATABASE_URL: 'mysql://x' } })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('DATABASE_URL'),
  })
})

test('a database that is away is said, with status 6', async () => {
  expect(await runCli(['run', 'list'], { env: { DATABASE_URL: 'postgresql://u:p@127.0.0.1:9/none' } })).toMatchObject({
    status: 6,
    stderr: expect.stringContaining('database'),
  })
})

test('a model goes from run to champion and back by commands alone', async () => {
  const first = await seedTrainedRun(dataset, { dice: [0.7, 0.8] })
  const second = await seedTrainedRun(dataset, { dice: [0.8, 0.9] })
  expect(await json('model', 'register', 'cli', first)).toMatchObject({ version: '1', created: true })
  expect(await json('model', 'register', 'cli', second)).toMatchObject({ version: '2' })
  expect(await runCli(['model', 'promote', 'cli', '1'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--reason') })
  expect(await json('model', 'promote', 'cli', '1', '--reason', 'the first')).toMatchObject({ aliases: { champion: '1' } })
  expect((await runCli(['model', 'promote', 'cli', '2', '--dry-run'])).stdout).toMatch(/val\/dice: \+0\.1000 .*\n$/)
  await json('model', 'promote', 'cli', '2', '--reason', 'better', '--expected-version', '1')
  expect(await runCli(['model', 'promote', 'cli', '1', '--reason', 'late', '--expected-version', '1'])).toMatchObject({ status: 3 })
  expect(await json('model', 'rollback', 'cli', '--reason', 'worse after all')).toMatchObject({ aliases: { champion: '1' } })
  const { events } = (await json('model', 'history', 'cli')) as { events: { kind: string; reason: string; actor: string }[] }
  expect(events.map((event) => [event.kind, event.reason])).toEqual([
    ['rollback', 'worse after all'],
    ['promote', 'better'],
    ['promote', 'the first'],
  ])
  expect(events[0]?.actor).toMatch(/^cli/)
  expect((await runCli(['model', 'list'])).stdout).toMatch(/^MODEL .*\ncli +2 /)
})

test('runs are listed, filtered and shown', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.99, 0.99] })
  const { runs } = (await json('run', 'list', '--filter', 'metrics.`val/dice` < 0.5', '--order-by', 'created_at desc', '-n', '5')) as {
    runs: { run_id: string }[]
  }
  expect(runs.map((run) => run.run_id)).toContain(runId)
  expect((await runCli(['run', 'show', runId])).stdout).toMatch(/Status: +finished[\s\S]*architecture +unet-mobilenetv2/)
  expect(await runCli(['run', 'cancel', runId])).toMatchObject({ status: 3, stderr: expect.stringContaining('already ended') })
  expect(await runCli(['run', 'list', '--filter', 'metrics.oops >'])).toMatchObject({ status: 2 })
})

test('the test side is revealed by a command with a reason', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.7, 0.8] })
  expect(await runCli(['run', 'reveal-test', runId])).toMatchObject({ status: 2, stderr: expect.stringContaining('--reason') })
  expect(await runCli(['run', 'reveal-test', hexId(), '--reason', 'why'])).toMatchObject({ status: 4 })
  const job = await json('run', 'reveal-test', runId, '--reason', 'the paper', '--detach')
  expect(job).toMatchObject({ kind: 'reveal-test', status: 'queued', payload: { run_id: runId, reason: 'the paper' } })
})

test('a sweep file that is wrong is refused with its fields', async () => {
  const file = join(folder, 'sweep.yaml')
  writeFileSync(file, 'name: x\ndataset: none\nparameters:\n  epoch: {value: 3}\n')
  expect(await runCli(['sweep', 'create', file])).toMatchObject({ status: 2, stderr: expect.stringContaining('epoch') })
  writeFileSync(file, 'name: [x\n')
  expect(await runCli(['sweep', 'create', file])).toMatchObject({ status: 2, stderr: expect.stringContaining('no YAML') })
  expect(await runCli(['sweep', 'create', join(folder, 'none.yaml')])).toMatchObject({ status: 4 })
})

test('Ctrl-C cancels the import that is being followed', async () => {
  const images = join(folder, 'to-import')
  mkdirSync(images)
  const cli = startCli(['dataset', 'import', images, '--name', 'cancelled'])
  const job = await until(async () => (await listJobs({ kind: 'import' })).find(({ payload }) => payload['name'] === 'cancelled'))
  expect(job.payload['path']).toBe(images)
  await until(() => cli.stderr().includes('No trainer is running'))
  cli.child.kill('SIGINT')
  expect(await cli.ended).toMatchObject({ status: 3, stderr: expect.stringContaining('cancelled') })
  expect((await getJob(job.job_id)).status).toBe('cancelled')
})

test('images are segmented into files, what is no image is named, and no server is left', async () => {
  const runId = await seedTrainedRun(dataset, { dice: [0.7, 0.8], files: tinyModel(hexId(), 2, 1) })
  await json('model', 'register', 'tiny', runId)
  const images = join(folder, 'images')
  const out = join(folder, 'out')
  mkdirSync(images)
  const data = new Uint16Array(80 * 64).map((_, i) => (i * 131) % 4000)
  writeFileSync(join(images, 'a.png'), await writeImage({ width: 80, height: 64, channels: 1, data }))
  writeFileSync(join(images, 'b.png'), 'no image')
  expect(await runCli(['predict', 'tiny', images, '-o', out])).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('karyon model promote tiny 1'),
  })
  await json('model', 'promote', 'tiny', '1', '--reason', 'why not')
  const result = await runCli(['predict', 'tiny', images, '-o', out, '--format', 'labels,csv,overlay', '--json'])
  expect(result.status).toBe(2)
  const { results } = JSON.parse(result.stdout) as { results: { image: string; count?: number; error_code?: string; version?: string }[] }
  expect(results).toMatchObject([
    { image: join(images, 'a.png'), version: '1' },
    { image: join(images, 'b.png'), error_code: 'INVALID_DATASET' },
  ])
  expect(readdirSync(out).sort()).toEqual(['a.csv', 'a_labels.png', 'a_overlay.png'])
  expect(await readImage(join(out, 'a_labels.png'), 'labels')).toMatchObject({ width: 80, height: 64, channels: 1 })
  expect(await readImage(join(out, 'a_overlay.png'), 'overlay')).toMatchObject({ width: 80, height: 64, channels: 3 })
  expect(await runCli(['predict', 'tiny', join(images, 'a.png')])).toMatchObject({ status: 2, stderr: expect.stringContaining('-o DIR') })
  expect(await runCli(['predict', 'tiny', join(images, 'a.png'), '-o', out, '--diameter', '20'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/diameter: this model sees every image as 64 x 64/),
  })
})

test('a real import runs through a trainer that the command line started', async () => {
  const source = join(folder, 'nuclei')
  mkdirSync(join(source, 'images'), { recursive: true })
  mkdirSync(join(source, 'masks'))
  for (let n = 0; n < 10; n++) {
    const size = 64 + n
    const image = new Uint8Array(size * size)
    const labels = new Uint16Array(size * size)
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const at = y * size + x
        const inside = (x - 20) ** 2 + (y - 20 - n) ** 2 < (6 + n / 2) ** 2 ? 1 : (x - 45) ** 2 + (y - 40) ** 2 < 49 ? 2 : 0
        image[at] = (inside === 0 ? 20 : 190) + ((x * 7 + y * 13 + n * 31) % 17)
        labels[at] = inside
      }
    }
    writeFileSync(join(source, 'images', `n${n}.png`), await writeImage({ width: size, height: size, channels: 1, data: image }))
    writeFileSync(join(source, 'masks', `n${n}.png`), await writeLabels({ width: size, height: size, data: labels }))
  }
  const trainer = startCli(['trainer', '--device', 'cpu'])
  try {
    const { status, stdout, stderr } = await runCli(['dataset', 'import', 'nuclei', '--name', 'tiny'], { cwd: folder })
    expect([status, stderr]).toEqual([0, expect.any(String)])
    expect(stdout).toMatch(/Imported tiny@1: 10 images, 20 nuclei/)
    expect((await runCli(['dataset', 'list'])).stdout).toMatch(/tiny@1 +10 +20/)
    expect((await runCli(['dataset', 'show', 'tiny'])).stdout).toMatch(/Otsu \+ watershed/)
    const again = await runCli(['dataset', 'import', source, '--name', 'tiny', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ ref: 'tiny@1', created: false })
    writeFileSync(join(source, 'masks', 'n3.png'), 'damaged')
    const bad = await runCli(['dataset', 'import', source, '--name', 'tiny'])
    expect(bad).toMatchObject({ status: 2, stderr: expect.stringContaining('n3') })
  } finally {
    trainer.child.kill('SIGTERM')
    expect((await trainer.ended).status).toBe(0)
  }
})
