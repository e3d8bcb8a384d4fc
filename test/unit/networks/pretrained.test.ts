import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PretrainedPlaces, pretrainedEncoder } from '../../../networks/pretrained.ts'

/** A small fake of the published weights, served as the storage service does: with the MD5 of each file in a header. */
let folder: string
let server: Server
let files: Record<string, Buffer>
let requests: string[]
let wrongMd5: string | undefined

const values = Float32Array.of(1, 2, 3, 4, 5, 6)
const manifest = [
  {
    paths: ['group1-shard1of2', 'group1-shard2of2'],
    weights: [
      { name: 'Conv1/kernel', shape: [1, 1, 2, 2], dtype: 'float32' },
      { name: 'bn_Conv1/gamma', shape: [2], dtype: 'float32' },
    ],
  },
]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'karyon-pretrained-'))
  requests = []
  wrongMd5 = undefined
  const bytes = Buffer.from(values.buffer)
  files = {
    '/m/model.json': Buffer.from(JSON.stringify({ format: 'layers-model', weightsManifest: manifest })),
    '/m/group1-shard1of2': bytes.subarray(0, 10),
    '/m/group1-shard2of2': bytes.subarray(10),
    '/k/weights.h5': await smallH5(join(folder, 'made.h5')),
  }
  server = createServer((request, response) => {
    const url = request.url ?? ''
    requests.push(url)
    const body = files[url]
    if (body === undefined) return void response.writeHead(404).end()
    const md5 = createHash('md5')
      .update(url === wrongMd5 ? Buffer.from('other') : body)
      .digest('base64')
    response.writeHead(200, { 'x-goog-hash': `crc32c=AAAAAA==,md5=${md5}` }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

function places(changes: Partial<PretrainedPlaces> = {}): PretrainedPlaces {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    directory: undefined,
    cache: join(folder, 'cache'),
    sources: { '0.35': { url: `${base}/m/model.json`, format: 'manifest' }, '1.0': { url: `${base}/k/weights.h5`, format: 'h5' } },
    ...changes,
  }
}

/** What Keras writes: a dataset a parameter, under groups of its layer's name. */
async function smallH5(path: string): Promise<Buffer> {
  const { default: h5wasm } = await import('h5wasm/node')
  await h5wasm.ready
  const file = new h5wasm.File(path, 'w')
  file.create_group('Conv1')
  file.create_group('Conv1/Conv1')
  const group = file.get('Conv1/Conv1') as InstanceType<typeof h5wasm.Group>
  group.create_dataset({ name: 'kernel:0', data: Float32Array.of(9, 8, 7, 6), shape: [1, 1, 2, 2] })
  file.close()
  return readFile(path)
}

const WAYS_OUT = /\(1\) set KARYON_PRETRAINED_DIR.*\(2\) let this machine reach .*\(3\) set the run's parameter pretrained to none/

describe('pretrained weights', () => {
  test('are downloaded once, shards and all, then read from the cache', async () => {
    const first = await pretrainedEncoder(0.35, places())
    expect(first.index).toEqual([
      { name: 'Conv1/kernel', shape: [1, 1, 2, 2] },
      { name: 'bn_Conv1/gamma', shape: [2] },
    ])
    expect([...first.data]).toEqual([...values])
    expect(requests).toHaveLength(3)
    expect(await pretrainedEncoder(0.35, places())).toEqual(first)
    expect(requests).toHaveLength(3)
  })

  test("are read from Keras's own file, by the parameter's name", async () => {
    const { index, data } = await pretrainedEncoder(1, places())
    expect(index).toEqual([{ name: 'Conv1/kernel', shape: [1, 1, 2, 2] }])
    expect([...data]).toEqual([9, 8, 7, 6])
  })

  test('of a wrong checksum are refused, and nothing is left in the cache', async () => {
    wrongMd5 = '/m/group1-shard2of2'
    const failure = await pretrainedEncoder(0.35, places()).catch((error: unknown) => error)
    expect(String(failure)).toMatch(/group1-shard2of2 has a wrong checksum/)
    expect(String(failure)).toMatch(WAYS_OUT)
    expect(await readdir(join(folder, 'cache', 'weights')).catch(() => [])).toEqual([])
  })

  test('that changed in the cache are refused by name', async () => {
    await pretrainedEncoder(0.35, places())
    const shard = join(folder, 'cache/weights/mobilenet_v2_0.35_no_top/group1-shard1of2')
    await writeFile(shard, Buffer.alloc(10))
    await expect(pretrainedEncoder(0.35, places())).rejects.toThrow(/group1-shard1of2 has a wrong checksum; delete the folder/)
  })

  test('that cannot be reached give the three ways out', async () => {
    const dead = { '0.35': { url: 'http://127.0.0.1:9/m/model.json', format: 'manifest' } } as const
    const failure = await pretrainedEncoder(0.35, places({ sources: dead })).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    expect(String(failure)).toMatch(WAYS_OUT)
  })

  test('that the server does not have are told with its answer', async () => {
    delete files['/m/group1-shard2of2']
    await expect(pretrainedEncoder(0.35, places())).rejects.toThrow(/group1-shard2of2 answered 404/)
  })

  test('come from KARYON_PRETRAINED_DIR first, which must hold them', async () => {
    const failure = await pretrainedEncoder(1, places({ directory: join(folder, 'empty') })).catch((error: unknown) => error)
    expect(String(failure)).toMatch(
      /KARYON_PRETRAINED_DIR holds no usable encoder weights: .*mobilenet_v2_1.0_no_top \(a file is missing\)/,
    )
    expect(requests).toEqual([])
  })
})
