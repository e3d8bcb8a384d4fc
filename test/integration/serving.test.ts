import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import sharp from 'sharp'
import type { ModelSpec } from '../../core/contracts/model-spec.ts'
import { type PredictionView, predictionViewSchema } from '../../core/contracts/views.ts'
import { readLabels } from '../../core/datasets/label-image.ts'
import { readImage } from '../../core/datasets/read-image.ts'
import { promote } from '../../model-registry/promote.ts'
import { registerVersion } from '../../model-registry/register-version.ts'
import { freePort, type RunningServer, startModelServer, tinyModel } from '../helpers/model-server.ts'
import { seedTrainedRun } from '../helpers/seed-models.ts'
import { hexId, type SeededDataset, seedDataset, until } from '../helpers/seed-runs.ts'

const actor = 'tester'
let dataset: SeededDataset
let server: RunningServer
let image: Buffer

beforeAll(async () => {
  dataset = await seedDataset()
  image = await noise(96, 80)
  await version('nuclei', 1)
  await version('nuclei', 2)
  await promote({ name: 'nuclei', version: 1, reason: 'first', actor })
  server = await startModelServer(await freePort())
  await until(async () => (await server.health()).loaded.some((loaded) => loaded.aliases.includes('champion')))
})
afterAll(async () => {
  await server.stop()
})

async function version(name: string, seed: number, changes: Partial<ModelSpec> = {}): Promise<void> {
  const runId = await seedTrainedRun(dataset, { dice: [0.5, 0.5], files: tinyModel(hexId(), 2, seed, changes) })
  await registerVersion({ name, runId, actor })
}

/** Blobs on a dark ground, 8-bit grey. */
function noise(width: number, height: number): Promise<Buffer> {
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++)
    data[i] = 20 + (((i * 2654435761) >>> 24) % 30) + ((i % width) % 24 < 10 && Math.floor(i / width) % 24 < 10 ? 150 : 0)
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

const predict = (query: string, body: Uint8Array = image, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/predict?${query}`, { method: 'POST', body: new Uint8Array(body), headers })

test('the champion answers in every format, all of one prediction', async () => {
  // Where the probabilities of random weights lie is not known beforehand: a threshold that gives several objects.
  let asked = ''
  let view: PredictionView | undefined
  for (let threshold = 0.3; threshold < 0.8 && (view?.count ?? 0) < 2; threshold += 0.02) {
    asked = `model=nuclei&min_area=4&threshold=${threshold.toFixed(2)}`
    const json = await predict(asked)
    expect(json.status).toBe(200)
    expect(json.headers.get('x-karyon-model-version')).toBe('1')
    view = predictionViewSchema.parse(await json.json())
  }
  if (view === undefined) throw new Error('no answer')
  expect(view).toMatchObject({ model: 'nuclei', version: '1', width: 96, height: 80 })
  expect(view.count).toBe(view.objects.length)
  expect(view.count).toBeGreaterThan(1)
  for (const object of view.objects) {
    expect(object.outline.at(-1)).toEqual(object.outline[0])
    expect(object.mean_probability).toBeGreaterThan(0.29)
  }

  const labels = await readLabels(Buffer.from(await (await predict(`${asked}&format=labels`)).arrayBuffer()), 'labels')
  expect([labels.width, labels.height]).toEqual([96, 80])
  const areas = new Map<number, number>()
  for (const label of labels.data) if (label !== 0) areas.set(label, (areas.get(label) ?? 0) + 1)
  expect(Object.fromEntries(areas)).toEqual(Object.fromEntries(view.objects.map((object) => [object.label, object.area])))

  const mask = (await readImage(Buffer.from(await (await predict(`${asked}&format=mask`)).arrayBuffer()), 'mask')).data
  expect(mask.every((value) => value === 0 || value === 255)).toBe(true)
  expect(mask.filter((value) => value === 255).length).toBe(view.objects.reduce((sum, object) => sum + object.area, 0))

  const csv = (await (await predict(`${asked}&format=csv`)).text()).trimEnd().split('\n')
  expect(csv[0]).toMatch(/^label,area_px,diameter_px/)
  expect(csv.length - 1).toBe(view.count)

  const geojson = await predict(`${asked}&format=geojson`)
  const collection = (await geojson.json()) as { features: { properties: { area: number } }[] }
  expect(collection.features.map((feature) => feature.properties.area)).toEqual(view.objects.map((object) => object.area))
})

test('a diameter scales the image to the trained size, and sizes that were never trained are warned of', async () => {
  await version('scaled', 4, { sampling: 'crop', trained_diameters: { p10: 10, p50: 20, p90: 30 } })
  const view = async (query: string): Promise<PredictionView> => {
    const response = await predict(`model=scaled&version=1&${query}`)
    expect([query, response.status]).toEqual([query, 200])
    return predictionViewSchema.parse(await response.json())
  }
  expect(await view('diameter=40')).toMatchObject({ width: 96, height: 80, scale: 0.5 })
  // Everything is foreground: one nucleus as large as the image.
  const whole = await view('threshold=0.01')
  expect(whole).toMatchObject({ scale: 1, count: 1, median_diameter: 98.89 })
  expect(whole.warnings).toEqual([expect.stringMatching(/measure 98\.9 pixels .* trained on 10 to 30\. Pass diameter 98\.9 /)])
  const scaled = await view('threshold=0.01&diameter=98.9')
  expect(scaled.warnings).toEqual([])
  expect(scaled.objects[0]?.mean_probability).not.toBe(whole.objects[0]?.mean_probability)
  const refused = await predict('model=scaled&version=1&diameter=161')
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(/^diameter: 161 pixels.*It takes 2\.5 to 160/) },
  ])
})

test('a version is served by number beside the champion', async () => {
  expect((await predict('model=nuclei&version=2')).headers.get('x-karyon-model-version')).toBe('2')
  expect((await predict('model=nuclei')).headers.get('x-karyon-model-version')).toBe('1')
})

test('a form with a file is read like a plain body', async () => {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(image)]), 'field.png')
  const response = await fetch(`${server.url}/predict?model=nuclei`, { method: 'POST', body: form })
  expect(response.status).toBe(200)
})

test('what nobody promoted is not served, and the answer says what to do', async () => {
  await version('unpromoted', 3)
  const response = await predict('model=unpromoted')
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({
    error_code: 'RESOURCE_DOES_NOT_EXIST',
    message: expect.stringContaining('karyon model promote unpromoted 1'),
  })
  expect((await predict('model=nobody')).status).toBe(404)
  expect((await predict('model=nuclei&version=99')).status).toBe(404)
})

test("bad images and bad parameters are the client's mistakes, named", async () => {
  const stack = Buffer.from('not an image')
  const truncated = image.subarray(0, image.length / 2)
  const bomb = await sharp({ create: { width: 8000, height: 8000, channels: 3, background: '#000' } })
    .png()
    .toBuffer()
  const cases: [string, Uint8Array, number, RegExp][] = [
    ['model=nuclei', stack, 422, /no PNG, TIFF or JPEG/],
    ['model=nuclei', truncated, 422, /cannot be decoded/],
    ['model=nuclei&name=field.png', bomb, 422, /field\.png.*8000x8000/],
    ['model=nuclei', new Uint8Array(), 400, /no image/],
    ['model=nuclei&threshold=7', image, 400, /threshold/],
    ['model=nuclei&treshold=0.5', image, 400, /treshold/],
    ['model=nuclei&format=bmp', image, 400, /format/],
    ['model=nuclei&version=2&alias=champion', image, 400, /not both/],
    ['format=json', image, 400, /model/],
    ['model=nuclei&channel=3', image, 422, /channel 3/],
    ['model=nuclei&diameter=-1', image, 400, /diameter/],
    ['model=nuclei&diameter=20', image, 400, /diameter: this model sees every image as 64 x 64/],
  ]
  for (const [query, body, status, message] of cases) {
    const response = await predict(query, body)
    const answer = (await response.json()) as { message: string }
    expect([query, response.status, answer.message]).toEqual([query, status, expect.stringMatching(message)])
  }
  expect((await fetch(`${server.url}/predict?model=nuclei`)).status).toBe(405)
  expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404)
  expect((await predict('model=nuclei', image, { origin: 'http://evil.example' })).status).toBe(403)
})

test('a champion is replaced under load without a failed request', async () => {
  await promote({ name: 'nuclei', version: 2, reason: 'before the load', actor })
  await until(async () => (await predict('model=nuclei')).headers.get('x-karyon-model-version') === '2')
  const answers: { status: number; version: string | null; at: number }[] = []
  let over = false
  const client = async (): Promise<void> => {
    while (!over) {
      const response = await predict('model=nuclei')
      await response.arrayBuffer()
      answers.push({ status: response.status, version: response.headers.get('x-karyon-model-version'), at: answers.length })
    }
  }
  const clients = Promise.all([client(), client(), client()])
  await promote({ name: 'nuclei', version: 1, reason: 'under load', actor })
  await until(() => answers.filter((answer) => answer.version === '1').length > 20)
  over = true
  await clients
  expect(answers.filter((answer) => answer.status !== 200)).toEqual([])
  expect(answers[0]?.version).toBe('2')
  // Not back and forth: once the new one answers, the old one is done (but for what was in flight).
  const first = answers.findIndex((answer) => answer.version === '1')
  expect(answers.slice(first + 3).every((answer) => answer.version === '1')).toBe(true)
})

test('a version that cannot be loaded leaves the champion that answers', async () => {
  const runId = await seedTrainedRun(dataset, {
    dice: [0.5, 0.5],
    files: { ...tinyModel(hexId(), 2, 9), 'weights.bin': Buffer.from('damaged') },
  })
  const { version: damaged } = await registerVersion({ name: 'nuclei', runId, actor })
  await promote({ name: 'nuclei', version: damaged, reason: 'not knowing', actor })
  const { problems } = await until(async () => {
    const health = await server.health()
    return health.problems.length > 0 ? health : undefined
  })
  expect(problems[0]).toMatch(/weights\.bin/)
  expect((await predict('model=nuclei')).headers.get('x-karyon-model-version')).toBe('1')
  await promote({ name: 'nuclei', version: 2, reason: 'repair', actor })
  await until(async () => (await predict('model=nuclei')).headers.get('x-karyon-model-version') === '2')
  expect((await server.health()).problems).toEqual([])
})

test('a predictor that is killed costs its requests alone; it is started again', async () => {
  const pid = String(server.child.pid)
  const predictors = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('predictor.ts'))
  expect(predictors.length).toBeGreaterThan(0)
  for (const child of predictors) process.kill(Number(child), 'SIGKILL')
  const first = await predict('model=nuclei')
  expect([200, 503]).toContain(first.status)
  await until(async () => (await predict('model=nuclei')).status === 200)
})

test('a client that goes away holds nobody up', async () => {
  const gone = new AbortController()
  const abandoned = Promise.allSettled(
    Array.from({ length: 20 }, () =>
      fetch(`${server.url}/predict?model=nuclei`, { method: 'POST', body: new Uint8Array(image), signal: gone.signal }),
    ),
  )
  setTimeout(() => gone.abort(), 20)
  await abandoned
  await until(async () => (await server.health()).waiting === 0)
  expect((await predict('model=nuclei')).status).toBe(200)
})

test('a port in use is said, with the variable to set', async () => {
  const second = await startModelServer(Number(new URL(server.url).port))
  await until(() => second.child.exitCode !== null)
  expect(second.child.exitCode).toBe(3)
  expect(second.log()).toMatch(/SERVE_PORT/)
})
