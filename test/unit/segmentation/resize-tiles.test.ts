import { describe, expect, it } from 'vitest'
import { fitWithin, resizeLabels, resizeSmooth } from '../../../core/segmentation/resize.ts'
import { blendWeights, extractTile, planTiles, reflect, TileBlender } from '../../../core/segmentation/tiles.ts'
import { drawn, labelsOf } from './drawing.ts'

describe('resize', () => {
  it('doubles by the half-pixel convention', () => {
    expect(Array.from(resizeSmooth([0, 4], 2, 1, 1, 4, 1))).toEqual([0, 1, 3, 4])
    // tf.image.resizeBilinear([[[0],[10]],[[20],[30]]], [4, 4], alignCorners false, halfPixelCenters true)
    expect(Array.from(resizeSmooth([0, 10, 20, 30], 2, 2, 1, 4, 4))).toEqual([
      0, 2.5, 7.5, 10, 5, 7.5, 12.5, 15, 15, 17.5, 22.5, 25, 20, 22.5, 27.5, 30,
    ])
  })

  it('averages over the area when it shrinks, also by a broken factor', () => {
    expect(Array.from(resizeSmooth([0, 2, 4, 6, 8, 10, 12, 14], 4, 2, 1, 2, 1))).toEqual([5, 9])
    const third = resizeSmooth([3, 6, 9], 3, 1, 1, 2, 1)
    expect(third[0]).toBeCloseTo((3 + 6 / 2) / 1.5)
    expect(third[1]).toBeCloseTo((6 / 2 + 9) / 1.5)
  })

  it('keeps channels apart, constants constant, and one pixel possible', () => {
    expect(Array.from(resizeSmooth([1, 100, 3, 300], 2, 1, 2, 1, 1))).toEqual([2, 200])
    const flat = resizeSmooth(new Float32Array(7 * 5).fill(0.25), 7, 5, 1, 13, 3)
    for (const value of flat) expect(value).toBeCloseTo(0.25, 6)
    expect(Array.from(resizeSmooth([5], 1, 1, 1, 2, 2))).toEqual([5, 5, 5, 5])
  })

  it('takes the label under the centre and invents none', () => {
    const labels = labelsOf(`
      1122
      3344`)
    expect(drawn(resizeLabels(labels, 2, 2))).toBe('12\n34')
    expect(drawn(resizeLabels(labels, 8, 2))).toBe('11112222\n33334444')
    expect(drawn(resizeLabels(labelsOf('123'), 2, 1))).toBe('13')
  })

  it('fits a size within a limit without enlarging', () => {
    expect(fitWithin(1388, 1040, 512)).toEqual({ width: 512, height: 384 })
    expect(fitWithin(100, 50, 512)).toEqual({ width: 100, height: 50 })
    expect(fitWithin(5000, 1, 100)).toEqual({ width: 100, height: 1 })
  })
})

describe('tiles', () => {
  it.each([
    [1388, 1040, 256, 32],
    [300, 256, 256, 64],
    [257, 513, 128, 16],
    [256, 256, 256, 32],
    [512, 512, 128, 0],
  ])('cover every pixel of %ix%i by %i with overlap %i', (width, height, tile, overlap) => {
    const plan = planTiles(width, height, tile, overlap)
    const covered = new Uint8Array(width * height)
    for (const { x, y } of plan.tiles) for (let r = 0; r < tile; r++) covered.fill(1, (y + r) * width + x, (y + r) * width + x + tile)
    expect(covered.every((value) => value === 1)).toBe(true)
    const xs = [...new Set(plan.tiles.map((t) => t.x))]
    for (let i = 1; i < xs.length; i++) expect(xs[i - 1]! + tile - xs[i]!).toBeGreaterThanOrEqual(overlap)
    for (const { x, y } of plan.tiles) expect(x + tile <= width && y + tile <= height).toBe(true)
  })

  it('give one tile to a smaller image, continued by reflection', () => {
    const plan = planTiles(3, 2, 4, 1)
    expect(plan.tiles).toEqual([{ x: 0, y: 0, w: 4, h: 4 }])
    const data = Float32Array.from([1, 2, 3, 4, 5, 6])
    expect(Array.from(extractTile(data, plan, plan.tiles[0]!, 1))).toEqual([1, 2, 3, 2, 4, 5, 6, 5, 1, 2, 3, 2, 4, 5, 6, 5])
  })

  it('reflect as often as needed', () => {
    expect([-2, -1, 0, 1, 2, 3, 4, 5].map((i) => reflect(i, 3))).toEqual([2, 1, 0, 1, 2, 1, 0, 1])
    expect(reflect(7, 1)).toBe(0)
  })

  it('weigh the middle more than the edge, and never nothing', () => {
    const weights = blendWeights(4, 1)
    expect(Array.from(weights.subarray(0, 4))).toEqual([0.25, 0.5, 0.5, 0.25])
    expect(Math.min(...weights)).toBeGreaterThan(0)
  })

  it('blend back to the image they were cut from', () => {
    const width = 37
    const height = 21
    const image = Float32Array.from({ length: width * height * 2 }, (_, i) => Math.sin(i))
    const plan = planTiles(width, height, 16, 5)
    const blender = new TileBlender(plan, 2)
    for (const tile of plan.tiles) blender.add(tile, extractTile(image, plan, tile, 2))
    const result = blender.result()
    for (let i = 0; i < image.length; i++) expect(result[i]).toBeCloseTo(image[i]!, 5)
  })
})
