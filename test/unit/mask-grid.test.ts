import { describe, expect, it } from 'vitest'
import { epochCaption, scoreCaption } from '../../app/components/masks/caption.ts'
import { place } from '../../app/components/masks/draw.ts'
import { epochRange, resolveEpoch, storedAtOrBefore } from '../../app/components/masks/epochs.ts'
import { decodeLabels, errorLayers, postprocessAtScale, predictedOutlines } from '../../app/components/masks/layers.ts'
import { Lru } from '../../app/components/masks/lru.ts'
import { orderRows, type RowScores } from '../../app/components/masks/order.ts'
import { clampView, panView, WHOLE, zoomView } from '../../app/components/masks/view.ts'
import type { ImageScoreView } from '../../core/contracts/views.ts'

const score = (over: Partial<ImageScoreView> = {}): ImageScoreView => ({
  dice: 0.9149,
  iou: 0.8,
  accuracy: 0.95,
  ap50: 0.9,
  map: 0.6,
  f1_50: 0.95,
  truth_count: 36,
  predicted_count: 35,
  found: 34,
  merges: 1,
  splits: 0,
  ...over,
})

describe('tile captions', () => {
  it('says Dice, objects found and what went wrong', () => {
    expect(scoreCaption(score())).toBe('Dice 0.91, 34 of 36 found, 1 merge')
    expect(scoreCaption(score({ merges: 2, splits: 1 }))).toBe('Dice 0.91, 34 of 36 found, 2 merges, 1 split')
    expect(scoreCaption(score({ merges: 0 }))).toBe('Dice 0.91, 34 of 36 found')
  })

  it('leaves out what was not measured in that epoch', () => {
    expect(scoreCaption(score({ found: null, merges: null, splits: null }))).toBe('Dice 0.91')
    expect(scoreCaption(null)).toBe('not scored')
  })

  it('says so when the map drawn is of an earlier epoch', () => {
    expect(epochCaption(8, 8)).toBe('epoch 8')
    expect(epochCaption(4, 7)).toBe('epoch 4, nearest stored')
    expect(epochCaption(9, 'best')).toBe('best, epoch 9')
  })
})

describe('epochs', () => {
  it('takes the newest stored one at or before, never a later one', () => {
    expect(storedAtOrBefore([8, 1, 4, 2], 7)).toBe(4)
    expect(storedAtOrBefore([8, 1, 4, 2], 8)).toBe(8)
    expect(storedAtOrBefore([5], 4)).toBeNull()
  })

  it('asks each run for its best, its newest, or the newest up to the slider', () => {
    const run = { epochs: [1, 2, 4, 8], best_epoch: 4 }
    expect(resolveEpoch(run, 'best')).toBe('best')
    expect(resolveEpoch(run, 'latest')).toBe(8)
    expect(resolveEpoch(run, 7)).toBe(4)
    // Still training, nothing best yet: its newest. Nothing stored: nothing.
    expect(resolveEpoch({ epochs: [1], best_epoch: null }, 'best')).toBe(1)
    expect(resolveEpoch({ epochs: [], best_epoch: 3 }, 'best')).toBeNull()
    expect(resolveEpoch({ epochs: [5], best_epoch: 5 }, 3)).toBeNull()
  })

  it('spans the longest run', () => {
    expect(
      epochRange([
        { epochs_total: 10, epoch: 3 },
        { epochs_total: 20, epoch: 20 },
      ]),
    ).toEqual({ first: 1, last: 20 })
    expect(epochRange([])).toEqual({ first: 1, last: 1 })
  })
})

describe('synchronised view', () => {
  it('keeps the point under the pointer where it is', () => {
    const view = zoomView(WHOLE, 2, 0.75, 0.25)
    expect(view.scale).toBe(2)
    // The tile's point (0.75, 0.25) showed the image's (0.75, 0.25), and still does.
    expect(view.x + (0.75 - 0.5) / 2).toBeCloseTo(0.75)
    expect(view.y + (0.25 - 0.5) / 2).toBeCloseTo(0.25)
  })

  it('never leaves the image', () => {
    expect(clampView({ scale: 2, x: 0, y: 9 })).toEqual({ scale: 2, x: 0.25, y: 0.75 })
    expect(panView(WHOLE, 5, 5)).toEqual(WHOLE)
    expect(zoomView({ scale: 2, x: 0.25, y: 0.25 }, 0.1)).toEqual(WHOLE)
    expect(zoomView(WHOLE, 1000).scale).toBe(16)
  })
})

describe('an image on its tile', () => {
  it('is shown whole, with its proportions, in the middle', () => {
    expect(place({ width: 200, height: 100 }, { width: 400, height: 400 }, WHOLE)).toEqual({ left: 0, top: 100, width: 400, height: 200 })
  })

  it('has the point that the view names in the middle of the tile', () => {
    const at = place({ width: 100, height: 100 }, { width: 300, height: 300 }, { scale: 2, x: 0.25, y: 0.75 })
    expect(at.width).toBe(600)
    expect(at.left + 0.25 * at.width).toBeCloseTo(150)
    expect(at.top + 0.75 * at.height).toBeCloseTo(150)
  })
})

describe('error layers', () => {
  // Truth: left half of a 4x1 image. Predicted: the middle two pixels.
  const truth = { width: 4, height: 1, data: Uint16Array.of(7, 7, 0, 0) }
  const map = { width: 4, height: 1, data: Float32Array.of(0.2, 0.9, 0.5, 0.49) }

  it('tells missed from false pixels, and outlines agreement', () => {
    const layers = errorLayers(map, truth, 0.5)
    expect([...layers.falseNegative]).toEqual([255, 0, 0, 0])
    expect([...layers.falsePositive]).toEqual([0, 0, 255, 0])
    expect(layers.agreed).toHaveLength(1)
    expect(layers.agreed[0]?.rings[0]?.points).toEqual([1, 0, 2, 0, 2, 1, 1, 1])
  })

  it('scales a smaller map to the truth', () => {
    const layers = errorLayers({ width: 2, height: 1, data: Float32Array.of(1, 0) }, truth, 0.5)
    expect([...layers.falseNegative]).toEqual([0, 0, 0, 0])
    expect([...layers.falsePositive]).toEqual([0, 0, 0, 0])
  })
})

describe('objects of a stored map', () => {
  it('applies the settings at the scale of the map', () => {
    expect(postprocessAtScale({ threshold: 0.5, min_area: 40, seed_distance: 6 }, 0.5)).toEqual({
      threshold: 0.5,
      min_area: 10,
      seed_distance: 3,
    })
  })

  it('outlines what is large enough', () => {
    const data = new Float32Array(20 * 20)
    for (let y = 2; y < 10; y++) for (let x = 2; x < 10; x++) data[y * 20 + x] = 1
    data[15 * 20 + 15] = 1
    expect(predictedOutlines({ width: 20, height: 20, data }, 20)).toHaveLength(1)
  })
})

describe('label files', () => {
  it('are read little-endian', () => {
    const bytes = Uint8Array.of(2, 0, 1, 0, 0, 0, 1, 2)
    expect(decodeLabels(bytes.buffer)).toEqual({ width: 2, height: 1, data: Uint16Array.of(0, 513) })
  })

  it('are refused when cut short', () => {
    expect(() => decodeLabels(Uint8Array.of(2, 0, 1, 0, 0).buffer)).toThrow('2 x 1')
    expect(() => decodeLabels(new ArrayBuffer(2))).toThrow('cut short')
  })
})

describe('order of rows', () => {
  const rows: RowScores[] = [
    { imageId: 'a', name: 'img10', dice: { r: 0.9, s: 0.1 } },
    { imageId: 'b', name: 'img9', dice: { r: 0.4, s: 0.5 } },
    { imageId: 'c', name: 'img1', dice: {} },
  ]
  const names = (order: Parameters<typeof orderRows>[1]): string[] => orderRows(rows, order).map((row) => row.imageId)

  it('puts the worst mean first and unscored images last', () => expect(names('worst')).toEqual(['b', 'a', 'c']))
  it('puts the worst of one run first', () => expect(names('run:s')).toEqual(['a', 'b', 'c']))
  it('puts the widest spread between runs first', () => expect(names('disputed')).toEqual(['a', 'b', 'c']))
  it('counts in names', () => expect(names('name')).toEqual(['c', 'b', 'a']))
})

describe('the cache', () => {
  it('forgets what was not used for longest, and tells', () => {
    const dropped: string[] = []
    const cache = new Lru<string>(10, (value) => dropped.push(value))
    cache.set('a', 'A', 4)
    cache.set('b', 'B', 4)
    cache.get('a')
    cache.set('c', 'C', 4)
    expect(dropped).toEqual(['B'])
    expect(cache.get('a')).toBe('A')
    expect(cache.cost).toBe(8)
  })

  it('keeps one entry that is larger than the cache', () => {
    const cache = new Lru<string>(10)
    cache.set('a', 'A', 40)
    expect(cache.get('a')).toBe('A')
    cache.set('b', 'B', 1)
    expect(cache.get('a')).toBeUndefined()
  })
})
