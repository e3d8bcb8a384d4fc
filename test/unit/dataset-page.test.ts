import { describe, expect, it } from 'vitest'
import { binValues, median } from '../../app/components/charts/bins.ts'
import { filterImages, orderImages } from '../../app/datasets/[name]/filter-images.ts'

describe('bins of a histogram', () => {
  it('hold every value once', () => {
    const values = [1, 1, 2, 7, 30, 375]
    const bins = binValues(values, 24, true)
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(values.length)
    expect(bins[0]?.from).toBe(0)
    expect(bins.at(-1)?.to).toBeGreaterThan(375)
    expect(new Set(bins.map((bin) => bin.to - bin.from))).toEqual(new Set([20]))
  })

  it('are never narrower than one for whole numbers', () => {
    expect(binValues([3, 4, 5], 24, true)).toEqual([
      { from: 3, to: 4, count: 1 },
      { from: 4, to: 5, count: 1 },
      { from: 5, to: 6, count: 1 },
    ])
  })

  it('are one bin where all values are equal, none where there are none', () => {
    expect(binValues([5, 5], 24, true)).toEqual([{ from: 5, to: 6, count: 2 }])
    expect(binValues([], 24)).toEqual([])
  })
})

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 2, 9])).toBe(3)
    expect(median([])).toBeNull()
  })
})

describe('filters of the image browser', () => {
  const baseline = (dice: number) => ({
    dice,
    iou: 0,
    accuracy: 0,
    ap50: null,
    map: null,
    f1_50: null,
    truth_count: null,
    predicted_count: null,
    found: null,
    merges: null,
    splits: null,
  })
  const images = [
    { name: 'A.png', side: 'train' as const, stratum: 'histology', group: 'g10', object_count: 3, baseline: baseline(0.5) },
    { name: 'b.png', side: 'test' as const, stratum: 'histology', group: 'g2', object_count: 9, baseline: baseline(0.2) },
    { name: 'c.png', side: 'test' as const, stratum: 'fluorescence', group: 'g2', object_count: 1, baseline: baseline(0.9) },
  ]
  const all = { side: null, stratum: null, group: null, text: '' }

  it('narrow by side, stratum, group and name together', () => {
    expect(filterImages(images, { ...all, side: 'test', stratum: 'histology' }).map((image) => image.name)).toEqual(['b.png'])
    expect(filterImages(images, { ...all, group: 'g2', text: ' C.' }).map((image) => image.name)).toEqual(['c.png'])
    expect(filterImages(images, all)).toHaveLength(3)
  })

  it('order by group as people count, by nuclei and by difficulty', () => {
    const order = (by: Parameters<typeof orderImages>[1]) => orderImages(images, by).map((image) => image.name)
    expect(order('group')).toEqual(['b.png', 'c.png', 'A.png'])
    expect(order('most')).toEqual(['b.png', 'A.png', 'c.png'])
    expect(order('fewest')).toEqual(['c.png', 'A.png', 'b.png'])
    expect(order('hard')).toEqual(['b.png', 'A.png', 'c.png'])
  })
})
