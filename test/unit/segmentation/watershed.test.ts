import { describe, expect, it } from 'vitest'
import { DEFAULT_POSTPROCESS } from '../../../core/contracts/model-spec.ts'
import { otsuWatershed } from '../../../core/segmentation/baseline.ts'
import { distanceTransform } from '../../../core/segmentation/distance.ts'
import { labelsToMask } from '../../../core/segmentation/image.ts'
import { maskToInstances, probabilityToInstances } from '../../../core/segmentation/instances.ts'
import { borderMap, BACKGROUND, BORDER, contactMap, countObjects, labelAreas, relabel } from '../../../core/segmentation/labels.ts'
import { otsuThreshold } from '../../../core/segmentation/otsu.ts'
import { watershed } from '../../../core/segmentation/watershed.ts'
import { gaussian, seededRandom } from '../../../core/segmentation/random.ts'
import { discs, drawn, labelsOf, maskOf } from './drawing.ts'

describe('distance transform', () => {
  it('is Euclidean, and the world beyond the edge is unknown', () => {
    const distance = distanceTransform(
      maskOf(`
      .....
      .111.
      .111.
      .111.
      .....`),
    )
    expect(distance[12]).toBe(2)
    expect(distance[6]).toBe(1)
    expect(Array.from(distanceTransform(maskOf('.111')))).toEqual([0, 1, 2, 3])
  })

  it('equals the brute-force answer', () => {
    const random = seededRandom(3)
    const width = 23
    const height = 17
    const data = Uint8Array.from({ length: width * height }, () => (random() < 0.9 ? 1 : 0))
    const distance = distanceTransform({ width, height, data })
    for (let i = 0; i < data.length; i++) {
      let nearest = Infinity
      for (let j = 0; j < data.length; j++) {
        if (data[j] === 0) nearest = Math.min(nearest, Math.hypot((i % width) - (j % width), Math.floor(i / width) - Math.floor(j / width)))
      }
      expect(distance[i]).toBeCloseTo(nearest, 4)
    }
  })

  it('takes a mask without background', () => {
    expect(Array.from(distanceTransform(maskOf('11')))).toEqual([3, 3])
  })
})

describe('watershed', () => {
  it('lets basins meet on the ridge and leaves out what no seed reaches', () => {
    const heights = Float32Array.from([0, 1, 5, 2, 0, 0, 0])
    const seeds = labelsOf('1...2..')
    expect(drawn(watershed(heights, seeds, maskOf('11111.1')))).toMatch(/^11[12]22\.\.$/)
  })

  it('meets half-way on a plateau', () => {
    expect(drawn(watershed(new Float32Array(8), labelsOf('3......7'), maskOf('11111111')))).toBe('33337777')
  })

  it('ignores seeds outside the mask', () => {
    expect(drawn(watershed(new Float32Array(3), labelsOf('1.2'), maskOf('.11')))).toBe('.22')
  })
})

describe('instances of a mask', () => {
  it('cuts touching discs at the waist and leaves an ellipse whole', () => {
    const pair = discs(60, 30, [
      { x: 15, y: 15, r: 10 },
      { x: 33, y: 15, r: 10 },
    ])
    const cut = maskToInstances(labelsToMask(pair), DEFAULT_POSTPROCESS)
    expect(countObjects(cut)).toBe(2)
    const areas = labelAreas(cut)
    expect(Math.abs(areas[1]! - areas[2]!)).toBeLessThan(30)
    const ellipse = {
      width: 60,
      height: 30,
      data: Uint8Array.from({ length: 1800 }, (_, i) => ((((i % 60) - 30) / 24) ** 2 + ((Math.floor(i / 60) - 15) / 9) ** 2 < 1 ? 1 : 0)),
    }
    expect(countObjects(maskToInstances(ellipse, DEFAULT_POSTPROCESS))).toBe(1)
  })

  it('drops small objects and joins centres nearer than the seed distance', () => {
    const map = discs(60, 30, [
      { x: 15, y: 15, r: 8 },
      { x: 29, y: 15, r: 8 },
      { x: 50, y: 5, r: 1.5 },
    ])
    expect(countObjects(maskToInstances(labelsToMask(map), { ...DEFAULT_POSTPROCESS, min_area: 1 }))).toBe(3)
    expect(countObjects(maskToInstances(labelsToMask(map), { ...DEFAULT_POSTPROCESS, min_area: 20 }))).toBe(2)
    expect(countObjects(maskToInstances(labelsToMask(map), { ...DEFAULT_POSTPROCESS, min_area: 20, seed_distance: 30 }))).toBe(1)
  })

  it('finds nothing in nothing', () => {
    expect(countObjects(maskToInstances(maskOf('....'), DEFAULT_POSTPROCESS))).toBe(0)
  })
})

describe('instances of probabilities', () => {
  it('tells touching objects apart by the border and grows them back over it', () => {
    const truth = discs(64, 40, [
      { x: 20, y: 20, r: 12 },
      { x: 42, y: 20, r: 12 },
    ])
    const classes = borderMap(truth)
    const foreground = Float32Array.from(classes, (c) => (c === BACKGROUND ? 0.05 : 0.95))
    const border = Float32Array.from(classes, (c) => (c === BORDER ? 0.9 : 0.02))
    const found = probabilityToInstances(foreground, 64, 40, DEFAULT_POSTPROCESS, border)
    expect(countObjects(found)).toBe(2)
    expect(labelsToMask(found)).toEqual(labelsToMask(truth))
  })

  it('cuts where only the border shows a contact: two nuclei that make one rectangle have no waist', () => {
    const data = new Uint16Array(60 * 30)
    for (let y = 8; y < 22; y++) for (let x = 10; x < 50; x++) data[y * 60 + x] = x < 30 ? 1 : 2
    const truth = { width: 60, height: 30, data }
    const classes = contactMap(truth, 2)
    const foreground = Float32Array.from(classes, (c) => (c === BACKGROUND ? 0.05 : 0.95))
    const border = Float32Array.from(classes, (c) => (c === BORDER ? 0.9 : 0.02))
    const found = probabilityToInstances(foreground, 60, 30, DEFAULT_POSTPROCESS, border)
    expect(relabel(found).labels.data).toEqual(data)
    expect(countObjects(probabilityToInstances(foreground, 60, 30, DEFAULT_POSTPROCESS))).toBe(1)
  })

  it('keeps an object that is all border', () => {
    const foreground = new Float32Array(100).fill(0)
    const border = new Float32Array(100)
    for (const i of [33, 34, 35, 43, 44, 45, 53, 54, 55]) {
      foreground[i] = 0.9
      border[i] = 0.8
    }
    expect(countObjects(probabilityToInstances(foreground, 10, 10, { ...DEFAULT_POSTPROCESS, min_area: 1 }, border))).toBe(1)
  })

  it('refuses maps of another size', () => {
    expect(() => probabilityToInstances(new Float32Array(5), 2, 2, DEFAULT_POSTPROCESS)).toThrow(/5 values for 2x2/)
  })
})

describe('Otsu', () => {
  it('cuts between two classes, in the middle of the gap', () => {
    const threshold = otsuThreshold([10, 10, 10, 12, 200, 202, 202])!
    expect(threshold).toBeGreaterThan(80)
    expect(threshold).toBeLessThan(130)
  })

  it('has no answer for a flat image', () => {
    expect(otsuThreshold([5, 5, 5])).toBeUndefined()
  })
})

describe('the baseline', () => {
  const truth = discs(120, 90, [
    { x: 25, y: 25, r: 10 },
    { x: 70, y: 30, r: 12 },
    { x: 60, y: 68, r: 9 },
    { x: 100, y: 60, r: 8 },
  ])
  const scene = (background: number[], nucleus: number[]) => {
    const random = seededRandom(1)
    const channels = background.length
    const data = new Uint8Array(truth.data.length * channels)
    truth.data.forEach((label, i) => {
      const noise = gaussian(random) * 4
      for (let c = 0; c < channels; c++)
        data[i * channels + c] = Math.max(0, Math.min(255, (label > 0 ? nucleus[c]! : background[c]!) + noise))
    })
    return { width: truth.width, height: truth.height, channels, data }
  }

  it.each([
    ['bright nuclei on dark', [20], [150]],
    ['dark nuclei on bright', [200], [90]],
    ['purple nuclei on pink', [225, 180, 210], [110, 70, 150]],
  ])('finds %s', (_, background, nucleus) => {
    expect(countObjects(otsuWatershed(scene(background, nucleus)).labels)).toBe(4)
  })

  it('finds nothing in a flat image', () => {
    expect(countObjects(otsuWatershed({ width: 20, height: 20, channels: 1, data: new Uint8Array(400).fill(9) }).labels)).toBe(0)
  })
})
