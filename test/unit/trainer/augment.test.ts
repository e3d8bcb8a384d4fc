import { describe, expect, test } from 'vitest'
import { cutPatch, drawPatch, type Sample } from '../../../trainer/augment/draw-patch.ts'
import { type Augmentation, drawPatchMap } from '../../../trainer/augment/geometry.ts'
import { blur, drawIntensity } from '../../../trainer/augment/intensity.ts'
import { drawNucleus } from '../../../trainer/augment/nuclei.ts'
import { randomFor, shuffled } from '../../../trainer/augment/random-for.ts'
import { epochBatches, epochImages, stepsPerEpoch } from '../../../trainer/batches.ts'
import { classMap } from '../../../trainer/truth.ts'
import { sampleSource } from '../../../trainer/data.ts'
import type { DataImage } from '../../../trainer/data.ts'
import { DEFAULT_NORMALISE } from '../../../core/segmentation/normalise.ts'

/** 4 x 3, red rising with x, green with y, one label a pixel. */
const SAMPLE: Sample = {
  id: 's',
  width: 4,
  height: 3,
  pixels: Uint8Array.from({ length: 36 }, (_, i) => [(Math.floor(i / 3) % 4) * 50, Math.floor(i / 12) * 50, 255][i % 3]!),
  labels: Uint16Array.from({ length: 12 }, (_, i) => i + 1),
}
const IDENTITY = [1, 0, 0, 1] as const

describe('cutPatch', () => {
  test('unmoved, is the sample itself', () => {
    const { image, labels } = cutPatch({ ...SAMPLE, height: 2 }, 2, { matrix: IDENTITY, centreX: 2, centreY: 1 })
    expect([...labels]).toEqual([2, 3, 6, 7])
    expect([...image.slice(0, 3)].map((v) => Math.round((v + 1) * 127.5))).toEqual([50, 0, 255])
  })

  test('a turn takes image and labels along', () => {
    // a quarter turn: output x runs down the source
    const { image, labels } = cutPatch(SAMPLE, 2, { matrix: [0, -1, 1, 0], centreX: 2, centreY: 1 })
    expect([...labels]).toEqual([3, 7, 2, 6])
    expect(Math.round((image[0]! + 1) * 127.5)).toBe(100)
  })

  test('past the edge both are mirrored', () => {
    const { labels } = cutPatch(SAMPLE, 6, { matrix: IDENTITY, centreX: 2, centreY: 1.5 })
    expect([...labels.slice(12, 18)]).toEqual([6, 5, 6, 7, 8, 7])
  })

  test('between pixels the image is the mean, a label the nearest', () => {
    const { image, labels } = cutPatch(SAMPLE, 1, { matrix: IDENTITY, centreX: 1, centreY: 0.5 })
    expect(Math.round((image[0]! + 1) * 127.5)).toBe(25)
    expect([1, 2]).toContain(labels[0])
  })
})

describe.each<Augmentation>(['none', 'flip', 'standard', 'strong'])('augmentation %s', (augmentation) => {
  test('depends on its draw alone, and stays within the values that networks know', () => {
    const patch = (seed: number): ReturnType<typeof drawPatch> => drawPatch(SAMPLE, 8, augmentation, 'middle', randomFor('test', seed))
    expect(patch(1)).toEqual(patch(1))
    for (let seed = 0; seed < 50; seed++) for (const value of patch(seed).image) expect(Math.abs(value)).toBeLessThan(1.6)
  })

  test('keeps a crop within its image where that is large enough', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { matrix, centreX, centreY } = drawPatchMap(augmentation, randomFor(seed), { width: 200, height: 100 }, 32, 'anywhere')
      const reach = Math.hypot(matrix[0], matrix[2]) * 32
      expect(centreX - reach / 2).toBeGreaterThanOrEqual(-1e-9)
      expect(centreX + reach / 2).toBeLessThanOrEqual(200 + 1)
      expect(centreY + reach / 2).toBeLessThanOrEqual(100 + 1)
    }
  })
})

describe('a crop over a point', () => {
  const source = { width: 200, height: 100 }
  const over = (augmentation: Augmentation, point: { x: number; y: number }, seed: number): ReturnType<typeof drawPatchMap> =>
    drawPatchMap(augmentation, randomFor(seed), source, 32, point)

  test('has it within its middle half, not always at one place', () => {
    const offsets = Array.from({ length: 200 }, (_, seed) => over('none', { x: 100, y: 50 }, seed).centreX - 100)
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(8.5)
    expect(new Set(offsets).size).toBeGreaterThan(10)
    expect(Math.abs(offsets.reduce((a, b) => a + b, 0) / 200)).toBeLessThan(1.5)
  })

  test('keeps within the image, and the point within the crop', () => {
    for (let seed = 0; seed < 100; seed++) {
      const point = { x: 199, y: 1 }
      const { matrix, centreX, centreY } = over('standard', point, seed)
      const reach = Math.hypot(matrix[0], matrix[2]) * 32
      expect(centreX + reach / 2).toBeLessThanOrEqual(201)
      expect(centreY - reach / 2).toBeGreaterThanOrEqual(-1e-9)
      expect(Math.abs(point.x - centreX)).toBeLessThanOrEqual(reach / 2)
      expect(Math.abs(point.y - centreY)).toBeLessThanOrEqual(reach / 2)
    }
  })
})

test('a nucleus is drawn as often as another, whatever its size, and none from an empty image', () => {
  const labels = new Uint16Array(400)
  labels.fill(7, 0, 200)
  labels[399] = 3
  const sample: Sample = { id: 's', width: 20, height: 20, pixels: new Uint8Array(1200), labels }
  const drawn = Array.from({ length: 200 }, (_, seed) => drawNucleus(sample, randomFor(seed)))
  expect(drawn.filter((centre) => centre?.x === 19.5 && centre.y === 19.5).length).toBeGreaterThan(75)
  expect(drawn.filter((centre) => centre?.x === 10 && centre.y === 5).length).toBeGreaterThan(75)
  expect(drawNucleus({ ...sample, labels: new Uint16Array(400) }, randomFor(1))).toBeUndefined()
})

test('flips alone keep values as they are', () => {
  expect(drawIntensity('flip', randomFor(1))).toBeUndefined()
  expect(drawIntensity('strong', randomFor(1))).toBeDefined()
})

test('blur keeps a flat field and spreads a point', () => {
  const flat = new Float32Array(27).fill(0.5)
  blur(flat, 3)
  expect([...flat]).toEqual(new Array(27).fill(0.5))
  const point = new Float32Array(27)
  point[12] = 16
  blur(point, 3)
  expect([0, 3, 6, 9, 12, 15, 18, 21, 24].map((i) => point[i])).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1])
})

test('shuffled holds every index once', () => {
  expect([...shuffled(50, randomFor('a'))].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test('the class map has a border only where it is asked for', () => {
  const labels = { width: 4, height: 1, data: Uint16Array.of(1, 1, 2, 0) }
  expect([...classMap(labels, 'semantic')]).toEqual([1, 1, 1, 0])
  expect([...classMap(labels, 'semantic+border')]).toEqual([2, 2, 2, 0])
})

describe('batches', () => {
  const image = (index: number): DataImage => ({
    id: `image-${index}`,
    name: `image-${index}`,
    stratum: 's',
    width: 40,
    height: 40,
    read: () =>
      Promise.resolve({
        raster: { width: 40, height: 40, channels: 1, data: Uint8Array.from({ length: 1600 }, (_, i) => (i * (index + 3)) % 251) },
        labels: { width: 40, height: 40, data: Uint16Array.from({ length: 1600 }, (_, i) => (i % 40 < 20 ? index + 1 : 0)) },
      }),
  })
  const images = [0, 1, 2, 3, 4].map(image)
  const params = {
    image_size: 32,
    batch_size: 2,
    augmentation: 'strong',
    sampling: 'resize',
    balance: 'none',
    foreground_crops: 0,
    target: 'semantic',
    loss: 'cross_entropy',
    seed: 1,
  } as const
  const collect = async (epoch: number, changes: object = {}): Promise<{ ids: string[][]; inputs: Float32Array[] }> => {
    const ids: string[][] = []
    const inputs: Float32Array[] = []
    for await (const batch of epochBatches(images, sampleSource(images, DEFAULT_NORMALISE, 32), { ...params, ...changes }, epoch)) {
      ids.push(batch.imageIds)
      inputs.push(batch.inputs)
      expect(batch.inputs).toHaveLength(2 * 32 * 32 * 3)
    }
    return { ids, inputs }
  }

  test('show every image once an epoch, and fill the last batch up', async () => {
    const { ids } = await collect(1)
    expect(ids).toHaveLength(3)
    expect(stepsPerEpoch(images, params)).toBe(3)
    expect(new Set(ids.flat()).size).toBe(5)
    expect(ids[2]?.[1]).toBe(ids[0]?.[0])
  })

  test('are the same for (seed, epoch), and others in another epoch', async () => {
    const first = await collect(1)
    expect(await collect(1)).toEqual(first)
    expect((await collect(2)).inputs).not.toEqual(first.inputs)
    expect((await collect(1, { seed: 2 })).ids).not.toEqual(first.ids)
  })

  test('balanced, show a rare stratum more often in as many steps', async () => {
    const strata = images.map((image, index) => ({ ...image, stratum: index === 4 ? 'rare' : 's' }))
    const ids = async (balance: 'none' | 'strata'): Promise<string[]> => {
      const shown: string[] = []
      const source = sampleSource(strata, DEFAULT_NORMALISE, 32)
      for await (const batch of epochBatches(strata, source, { ...params, balance }, 1)) shown.push(...batch.imageIds)
      return shown.slice(0, 5)
    }
    expect((await ids('none')).filter((id) => id === 'image-4')).toHaveLength(1)
    // roots 2 and 1: a third of five
    expect((await ids('strata')).filter((id) => id === 'image-4')).toHaveLength(2)
  })

  test('of crops lie over nuclei as often as asked, and anywhere in an image without', async () => {
    const size = 160
    const lone = (objects: boolean): DataImage => {
      const labels = new Uint16Array(size * size)
      if (objects) for (let y = 10; y < 14; y++) labels.fill(1, y * size + 140, y * size + 144)
      const raster = { width: size, height: size, channels: 1, data: new Uint8Array(size * size) }
      const read: DataImage['read'] = () => Promise.resolve({ raster, labels: { width: size, height: size, data: labels } })
      return { id: objects ? 'one' : 'none', name: '', stratum: 's', width: size, height: size, read }
    }
    const shares = async (foreground_crops: number): Promise<number> => {
      const both = [lone(true), lone(false)]
      const source = sampleSource(both, DEFAULT_NORMALISE, undefined)
      const crops = { ...params, augmentation: 'none', sampling: 'crop', foreground_crops } as const
      let [shown, hit] = [0, 0]
      for (let epoch = 1; epoch <= 60; epoch++) {
        for await (const { classes, imageIds } of epochBatches(both, source, crops, epoch)) {
          for (const [at, id] of imageIds.entries()) {
            if (id !== 'one') continue
            shown++
            if (classes.subarray(at * 32 * 32, (at + 1) * 32 * 32).some((value) => value !== 0)) hit++
          }
        }
      }
      return hit / shown
    }
    const [never, half, always] = [await shares(0), await shares(0.5), await shares(1)]
    expect(never).toBeLessThan(0.15)
    expect(Math.abs(half - (1 + never) / 2)).toBeLessThan(0.12)
    expect(always).toBe(1)
  })

  test('of crops cover large images more often, within bounds', () => {
    const sizes = [
      { width: 16, height: 16 },
      { width: 64, height: 64 },
      { width: 1000, height: 1000 },
    ]
    expect(epochImages(sizes, { sampling: 'crop', image_size: 32 })).toEqual([0, 1, 1, 1, 1, 2, 2, 2, 2])
    expect(epochImages(sizes, { sampling: 'resize', image_size: 32 })).toEqual([0, 1, 2])
  })
})
