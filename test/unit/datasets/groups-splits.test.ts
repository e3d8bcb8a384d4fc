import { describe, expect, it } from 'vitest'
import type { Side } from '../../../core/contracts/views.ts'
import { fingerprint } from '../../../core/datasets/fingerprint.ts'
import { findLinks, nameGroups, userLinks } from '../../../core/datasets/groups.ts'
import { leakCheck } from '../../../core/datasets/leak-check.ts'
import { choosePanel } from '../../../core/datasets/panel.ts'
import { assignSides, keptSide, type GroupToSplit } from '../../../core/datasets/split.ts'
import { guessStratum } from '../../../core/datasets/strata.ts'
import { syntheticImage } from '../../../core/datasets/synthetic.ts'
import type { Raster } from '../../../core/segmentation/image.ts'
import { countObjects } from '../../../core/segmentation/labels.ts'
import { gaussian, seededRandom } from '../../../core/segmentation/random.ts'

/** A field of blurred blobs with noise, from which tiles are cut. */
function field(seed: number, width: number, height: number): Raster {
  const random = seededRandom(seed)
  const data = new Uint8Array(width * height)
  const blobs = Array.from({ length: 60 }, () => ({
    x: random() * width,
    y: random() * height,
    r: 4 + random() * 10,
    v: 60 + random() * 120,
  }))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = 15
      for (const blob of blobs) value += blob.v * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / (2 * blob.r * blob.r))
      data[y * width + x] = Math.max(0, Math.min(255, value + 2 * gaussian(random)))
    }
  }
  return { width, height, channels: 1, data }
}

function cut(raster: Raster, x: number, y: number, size: number): Raster {
  const data = new Uint8Array(size * size)
  for (let row = 0; row < size; row++)
    data.set(raster.data.subarray((y + row) * raster.width + x, (y + row) * raster.width + x + size) as Uint8Array, row * size)
  return { width: size, height: size, channels: 1, data }
}

describe('groups', () => {
  const tiles: Raster[] = []
  for (const seed of [1, 2, 3]) {
    const whole = field(seed, 128, 128)
    tiles.push(cut(whole, 0, 0, 64), cut(whole, 64, 0, 64), cut(whole, 0, 64, 64), cut(whole, 64, 64, 64))
  }

  it('join the tiles of a field by their edges, and no others', () => {
    const names = tiles.map((_, i) => `tile-${String(i).padStart(2, '0')}`)
    const groups = nameGroups(names, findLinks(tiles.map(fingerprint)))
    expect(groups).toEqual(['00', '00', '00', '00', '04', '04', '04', '04', '08', '08', '08', '08'].map((n) => `tile-${n}`))
  })

  it('join near-duplicates', () => {
    const random = seededRandom(9)
    const copy = {
      ...tiles[0]!,
      data: Uint8Array.from(tiles[0]!.data, (value) => Math.max(0, Math.min(255, value + 3 * gaussian(random) + 4))),
    }
    expect(
      findLinks([tiles[0]!, tiles[5]!, copy].map(fingerprint))
        .filter((link) => link.why === 'near-duplicate')
        .map(({ a, b }) => [a, b]),
    ).toEqual([[0, 2]])
  })

  it('join nothing of flat images', () => {
    const flat: Raster = { width: 32, height: 32, channels: 1, data: new Uint8Array(1024).fill(7) }
    expect(findLinks([flat, flat, flat].map(fingerprint))).toEqual([])
  })

  it('keep together what the user says belongs together', () => {
    const words = ['slide 1', undefined, 'slide 1', 'slide 2']
    expect(nameGroups(['a', 'b', 'c', 'd'], userLinks(words), words)).toEqual(['slide 1', 'b', 'slide 1', 'slide 2'])
    // A tile that continues an image of a slide comes along.
    expect(nameGroups(['a', 'b', 'c', 'd'], [...userLinks(words), { a: 1, b: 2, why: 'continues', agreement: 1 }], words)).toEqual([
      'slide 1',
      'slide 1',
      'slide 1',
      'slide 2',
    ])
  })
})

describe('splits', () => {
  const groups: GroupToSplit[] = [
    ...Array.from({ length: 80 }, (_, i) => ({ name: `f${i}`, stratum: 'fluorescence', images: 1 + (i % 4) })),
    ...Array.from({ length: 12 }, (_, i) => ({ name: `h${i}`, stratum: 'histology', images: 8 })),
    ...Array.from({ length: 3 }, (_, i) => ({ name: `b${i}`, stratum: 'brightfield', images: 1 })),
  ]
  const images = (sides: Map<string, Side>, stratum: string, side: Side): number =>
    groups.filter((group) => group.stratum === stratum && sides.get(group.name) === side).reduce((sum, group) => sum + group.images, 0)

  it('are near 70/15/15 of the images within each stratum', () => {
    const sides = assignSides(groups, 0)
    expect(images(sides, 'fluorescence', 'train')).toBeGreaterThanOrEqual(136)
    expect(images(sides, 'fluorescence', 'train')).toBeLessThanOrEqual(144)
    expect(images(sides, 'histology', 'val')).toBe(16)
    expect(images(sides, 'histology', 'test')).toBe(16)
  })

  it('give a small stratum something to validate and test on', () => {
    const sides = assignSides(groups, 0)
    expect(['train', 'val', 'test'].map((side) => images(sides, 'brightfield', side as Side))).toEqual([1, 1, 1])
    const two = assignSides(
      [
        { name: 'a', stratum: 's', images: 9 },
        { name: 'b', stratum: 's', images: 1 },
      ],
      0,
    )
    expect([...two.values()].sort()).toEqual(['train', 'val'])
    expect(assignSides([{ name: 'a', stratum: 's', images: 9 }], 0).get('a')).toBe('train')
  })

  it('depend on the seed and the names alone', () => {
    expect(assignSides([...groups].reverse(), 7)).toEqual(new Map([...assignSides(groups, 7)]))
    const places = (seed: number): string => groups.map((group) => assignSides(groups, seed).get(group.name)).join()
    expect(places(1)).toBe(places(1))
    expect(places(1)).not.toBe(places(2))
  })

  it('keep the sides of the parent', () => {
    const before = assignSides(groups, 0)
    const child = [
      ...groups.map((group) => ({ ...group, kept: before.get(group.name)! })),
      { name: 'new', stratum: 'histology', images: 4 },
    ]
    const after = assignSides(child, 0)
    for (const [name, side] of before) expect(after.get(name)).toBe(side)
    expect(after.has('new')).toBe(true)
  })

  it('take the more guarded side where an addition joins two', () => {
    expect(keptSide(['train', 'test'])).toEqual({ kept: 'test', joined: true })
    expect(keptSide(['val', 'train', 'val'])).toEqual({ kept: 'val', joined: true })
    expect(keptSide(['train'])).toEqual({ kept: 'train', joined: false })
    expect(keptSide([])).toEqual({ kept: undefined, joined: false })
  })
})

describe('the panel', () => {
  const image = (i: number, group: string, stratum: string) => ({ id: `${i}`, name: `n${i}`, group, stratum })

  it('shows distinct fields of every stratum', () => {
    const all = [
      ...Array.from({ length: 60 }, (_, i) => image(i, `f${i % 20}`, 'fluorescence')),
      ...Array.from({ length: 12 }, (_, i) => image(100 + i, `h${i % 4}`, 'histology')),
      image(200, 'b', 'brightfield'),
    ]
    const panel = choosePanel(all, 0).map((id) => all.find((one) => one.id === id)!)
    expect(panel).toHaveLength(16)
    expect(new Set(panel.map((one) => one.group)).size).toBe(16)
    expect(new Set(panel.slice(0, 3).map((one) => one.stratum)).size).toBe(3)
    expect(panel.filter((one) => one.stratum === 'histology').length).toBeGreaterThanOrEqual(2)
    expect(choosePanel([...all].reverse(), 0)).toEqual(choosePanel(all, 0))
  })

  it('takes second images of a field when there are too few fields, and all when there are few images', () => {
    const all = Array.from({ length: 20 }, (_, i) => image(i, `g${i % 3}`, 's'))
    const panel = choosePanel(all, 1)
    expect(panel).toHaveLength(16)
    expect(new Set(panel.slice(0, 3).map((id) => all[Number(id)]!.group)).size).toBe(3)
    expect(choosePanel(all.slice(0, 5), 1)).toHaveLength(5)
    expect(choosePanel([], 1)).toEqual([])
  })
})

describe('the leak check', () => {
  const base = { name: 'a', group: 'g', side: 'train' as Side, imageKey: 'k1' }
  it('passes when no field is on two sides', () => {
    expect(leakCheck([base, { ...base, name: 'b', group: 'h', side: 'val', imageKey: 'k2' }])).toEqual({
      ok: true,
      message: 'Leak check: no field on two sides',
    })
  })
  it('names a field on two sides, a copy on two sides, and an image on none', () => {
    expect(leakCheck([base, { ...base, name: 'b', side: 'val', imageKey: 'k2' }]).message).toMatch(/1 fields on two sides, such as g/)
    expect(leakCheck([base, { ...base, name: 'b', group: 'h', side: 'test' }]).message).toMatch(/two names/)
    expect(leakCheck([{ ...base, side: null }]).ok).toBe(false)
  })
})

describe('strata', () => {
  const filled = (pixel: (i: number) => number[]): Raster => {
    const data = Uint8Array.from({ length: 100 }, (_, i) => i).reduce<number[]>((all, _, i) => [...all, ...pixel(i)], [])
    return { width: 10, height: 10, channels: data.length / 100, data: Uint8Array.from(data) }
  }
  it('are guessed from the image', () => {
    expect(guessStratum(filled((i) => [i % 10 === 0 ? 200 : 20]))).toBe('fluorescence')
    expect(guessStratum(filled((i) => (i % 10 === 0 ? [60, 60, 60] : [220, 220, 220])))).toBe('brightfield')
    expect(guessStratum(filled((i) => (i % 10 === 0 ? [90, 40, 140, 255] : [230, 190, 220, 255])))).toBe('histology')
  })
})

describe('synthetic nuclei', () => {
  it('are the same for the same seed, and differ for another', () => {
    const one = syntheticImage(3, 1)
    expect(syntheticImage(3, 1)).toEqual(one)
    expect(syntheticImage(3, 2).image.data).not.toEqual(one.image.data)
  })

  it('have nuclei of varied size, some touching, in fields of two', () => {
    const images = Array.from({ length: 8 }, (_, i) => syntheticImage(i, 1))
    expect(new Set(images.map((image) => image.group)).size).toBe(4)
    let touching = 0
    for (const { image, labels } of images) {
      expect([image.width, image.height, labels.width]).toEqual([128, 128, 128])
      expect(countObjects(labels)).toBeGreaterThan(4)
      for (let i = 1; i < labels.data.length; i++)
        if (labels.data[i]! > 0 && labels.data[i - 1]! > 0 && labels.data[i] !== labels.data[i - 1]) touching++
    }
    expect(touching).toBeGreaterThan(20)
  })
})
