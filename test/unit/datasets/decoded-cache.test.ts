import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Decoded, type DecodedCache, openDecodedCache } from '../../../core/datasets/decoded-cache.ts'
import { DEFAULT_NORMALISE } from '../../../core/segmentation/normalise.ts'
import { type DataImage, fillCache, sampleSource } from '../../../trainer/data.ts'

let root: string
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'decoded-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

const decoded = (value: number, wide = false): Decoded => {
  const samples = Array.from({ length: 60 }, (_, i) => i + value)
  const labels = Array.from({ length: 15 }, (_, i) => i * 300)
  return {
    raster: { width: 5, height: 3, channels: 4, data: wide ? Float32Array.from(samples) : Uint8Array.from(samples) },
    labels: { width: 5, height: 3, data: wide ? Uint32Array.from(labels) : Uint16Array.from(labels) },
  }
}
const open = (version: string, mostBytes?: number, log: (line: string) => void = (line) => expect(line).toBe('')): Promise<DecodedCache> =>
  openDecodedCache(version, log, { root, mostBytes })
/** Whether the cache had to make it. */
async function made(cache: DecodedCache, id: string, variant = 'v', value = decoded(1)): Promise<boolean> {
  const make = vi.fn(() => Promise.resolve(value))
  expect(await cache.get(id, variant, make)).toEqual(value)
  return make.mock.calls.length > 0
}
const files = (version: string): string[] => readdirSync(join(root, version)).sort()
const only = (version: string): string => join(root, version, files(version)[0]!)

test.each([false, true])('what a run made, the next one finds as it was (wide samples: %s)', async (wide) => {
  expect(await made(await open('a'), 'x', 'v', decoded(7, wide))).toBe(true)
  const next = await open('a')
  const found = await next.get('x', 'v', () => Promise.reject(new Error('made again')))
  expect(found).toEqual(decoded(7, wide))
  expect(found.raster.data.constructor).toBe(wide ? Float32Array : Uint8Array)
  expect(found.labels.data.constructor).toBe(wide ? Uint32Array : Uint16Array)
})

test('another image, another variant and another dataset version are other entries', async () => {
  await made(await open('a'), 'x')
  const cache = await open('a')
  expect(await made(cache, 'x', 'v')).toBe(false)
  expect(await made(cache, 'y', 'v', decoded(2))).toBe(true)
  expect(await made(cache, 'x', 'w', decoded(3))).toBe(true)
  expect(await made(await open('b'), 'x', 'v', decoded(4))).toBe(true)
})

test.each<[string, (entry: Buffer) => Buffer]>([
  ['cut short', (entry) => entry.subarray(0, entry.length - 1)],
  ['empty', () => Buffer.alloc(0)],
  ['of other bytes', (entry) => Buffer.concat([entry.subarray(0, -1), Buffer.of(entry.at(-1)! ^ 1)])],
  ['with another length of its header', (entry) => Buffer.concat([entry.subarray(0, 4), Buffer.of(entry[4]! + 1), entry.subarray(5)])],
  ['longer', (entry) => Buffer.concat([entry, Buffer.of(0)])],
])('an entry that is %s is made again, in silence', async (_, damage) => {
  await made(await open('a'), 'x')
  const whole = readFileSync(only('a'))
  writeFileSync(only('a'), damage(whole))
  expect(await made(await open('a'), 'x')).toBe(true)
  expect(readFileSync(only('a'))).toEqual(whole)
})

test('runs that make the same entry at once leave one, whole', async () => {
  const caches = await Promise.all(Array.from({ length: 8 }, () => open('a')))
  expect(await Promise.all(caches.map((cache) => made(cache, 'x')))).toEqual(new Array(8).fill(true))
  expect(files('a')).toHaveLength(1)
  expect(await made(await open('a'), 'x')).toBe(false)
})

test('opening it drops what was not used for longest; a run keeps no more than there is room for', async () => {
  await made(await open('a'), 'old')
  await made(await open('b'), 'new')
  const size = readFileSync(only('a')).length
  const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000)
  utimesSync(only('a'), hoursAgo(2), hoursAgo(2))
  utimesSync(only('b'), hoursAgo(1), hoursAgo(1))
  // used again, so that it is the other that goes
  expect(await made(await open('a'), 'old')).toBe(false)
  const cache = await open('c', 2.5 * size)
  expect([files('a').length, files('b').length]).toEqual([1, 0])
  expect(await made(cache, 'x')).toBe(true)
  expect(await made(cache, 'y')).toBe(true)
  expect(files('c')).toHaveLength(1)
})

test('a folder that cannot be written keeps nothing and is told of once; the run has its images', async () => {
  writeFileSync(join(root, 'a'), 'a file where the folder should be')
  const lines: string[] = []
  const cache = await open('a', undefined, (line) => lines.push(line))
  expect(await Promise.all([made(cache, 'x'), made(cache, 'y'), made(cache, 'x')])).toEqual([true, true, true])
  expect(lines).toEqual([expect.stringMatching(/^decoded images are not kept for later runs: EEXIST/)])
})

test('a disk that fails in the middle of a run is told of once, and nothing half written stays', async () => {
  const lines: string[] = []
  const cache = await open('a', undefined, (line) => lines.push(line))
  await made(cache, 'x')
  rmSync(join(root, 'a'), { recursive: true })
  expect(await Promise.all([made(cache, 'y'), made(cache, 'z')])).toEqual([true, true])
  expect(lines).toEqual([expect.stringMatching(/^decoded images are not kept for later runs: ENOENT/)])
})

test('training samples from it are those that were decoded', async () => {
  const cache = await open('a')
  const images = [0, 1, 2].map((index): DataImage => ({
    id: `image-${index}`,
    name: '',
    stratum: '',
    width: 5,
    height: 3,
    read: () => Promise.resolve(decoded(index)),
    kept: (variant, make) => cache.get(`image-${index}`, variant, make),
  }))
  const samples = async (resizeTo: number | undefined, read?: DataImage['read']): Promise<unknown> => {
    const source = sampleSource(
      images.map((image) => ({ ...image, ...(read === undefined ? {} : { read }) })),
      DEFAULT_NORMALISE,
      resizeTo,
    )
    await fillCache(source, () => {}, new AbortController().signal)
    return source.held()
  }
  const unread = (): Promise<never> => Promise.reject(new Error('decoded again'))
  const [own, scaled] = [await samples(undefined), await samples(32)]
  expect(await samples(undefined, unread)).toEqual(own)
  expect(await samples(32, unread)).toEqual(scaled)
  await expect(samples(64, unread)).rejects.toThrow('decoded again')
})
