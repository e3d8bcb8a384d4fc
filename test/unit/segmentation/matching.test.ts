import { describe, expect, it } from 'vitest'
import { DEFAULT_POSTPROCESS } from '../../../core/contracts/model-spec.ts'
import {
  averagePrecision,
  countsAt,
  f1,
  MAP_THRESHOLDS,
  matchesAt,
  matchObjects,
  meanAveragePrecision,
  mergedObjects,
  splitObjects,
} from '../../../core/segmentation/matching.ts'
import { aggregateScores, metricKeys, pixelScore, scoreImage, scoreLabels, scorePixels } from '../../../core/segmentation/metrics.ts'
import { labelsToMask } from '../../../core/segmentation/image.ts'
import { discs, labelsOf, maskOf } from './drawing.ts'

const empty = labelsOf('....')

describe('matching', () => {
  const truth = labelsOf(`
    1111.222
    1111.222
    ........
    33......`)
  const predicted = labelsOf(`
    7777.88.
    777..88.
    ......99
    ........`)

  it('lists every overlapping pair with its IoU', () => {
    const matching = matchObjects(truth, predicted)
    expect(matching.truth).toEqual([1, 2, 3])
    expect(matching.predicted).toEqual([7, 8, 9])
    expect(matching.overlaps).toEqual([
      { truth: 1, predicted: 7, pixels: 7, iou: 7 / 8, ofTruth: 7 / 8, ofPredicted: 1 },
      { truth: 2, predicted: 8, pixels: 4, iou: 4 / 6, ofTruth: 4 / 6, ofPredicted: 1 },
    ])
  })

  it('counts at a threshold, which an IoU has to exceed', () => {
    const matching = matchObjects(truth, predicted)
    expect(countsAt(matching, 0.5)).toEqual({ truePositives: 2, falsePositives: 1, falseNegatives: 1 })
    expect(countsAt(matching, 7 / 8)).toEqual({ truePositives: 0, falsePositives: 3, falseNegatives: 3 })
    expect(averagePrecision(countsAt(matching, 0.5))).toBe(2 / 4)
    expect(f1(countsAt(matching, 0.5))).toBe(4 / 6)
    // 2/4 at 0.50 to 0.65, 1/5 at 0.70 to 0.85, 0 at 0.90 and 0.95.
    expect(meanAveragePrecision(matching)).toBeCloseTo((4 * 0.5 + 4 * 0.2) / 10)
    expect(MAP_THRESHOLDS).toEqual([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
  })

  it('gives every object one partner below 0.5 too, the better first', () => {
    const matching = matchObjects(labelsOf('1111122222'), labelsOf('.333333333'))
    expect(matchesAt(matching, 0.2).map((m) => [m.truth, m.predicted])).toEqual([[2, 3]])
  })

  it('takes empty maps: both empty 1, one empty 0', () => {
    const some = labelsOf('.11.')
    expect(averagePrecision(countsAt(matchObjects(empty, empty), 0.5))).toBe(1)
    expect(averagePrecision(countsAt(matchObjects(some, empty), 0.5))).toBe(0)
    expect(averagePrecision(countsAt(matchObjects(empty, some), 0.5))).toBe(0)
    expect(meanAveragePrecision(matchObjects(empty, empty))).toBe(1)
    expect(f1(countsAt(matchObjects(empty, empty), 0.5))).toBe(1)
  })

  it('tells merges and splits', () => {
    const merge = matchObjects(labelsOf('111.222.33'), labelsOf('5555555...'))
    expect(mergedObjects(merge)).toEqual([5])
    expect(splitObjects(merge)).toEqual([])
    const split = matchObjects(labelsOf('11111111..'), labelsOf('555.6667..'))
    expect(splitObjects(split)).toEqual([1])
    expect(mergedObjects(split)).toEqual([])
    // Half is not more than half.
    expect(mergedObjects(matchObjects(labelsOf('11.22'), labelsOf('.555.')))).toEqual([])
  })

  it('refuses maps of another size', () => {
    expect(() => matchObjects(empty, labelsOf('...'))).toThrow(/4x1 and 3x1/)
  })
})

describe('pixel scores', () => {
  it('are Dice, IoU and accuracy', () => {
    expect(pixelScore(maskOf('1111......'), maskOf('..1111....'))).toEqual({ dice: 0.5, iou: 1 / 3, accuracy: 0.6 })
  })

  it('take empty maps: both empty 1, one empty 0', () => {
    expect(pixelScore(maskOf('..'), maskOf('..'))).toEqual({ dice: 1, iou: 1, accuracy: 1 })
    expect(pixelScore(maskOf('11'), maskOf('..'))).toEqual({ dice: 0, iou: 0, accuracy: 0 })
    expect(pixelScore(maskOf('..'), maskOf('.1'))).toEqual({ dice: 0, iou: 0, accuracy: 0.5 })
  })
})

describe('the score of an image', () => {
  const truth = discs(64, 48, [
    { x: 15, y: 15, r: 9 },
    { x: 45, y: 25, r: 11 },
  ])

  it('is perfect for the truth itself', () => {
    const foreground = Float32Array.from(labelsToMask(truth).data)
    expect(scoreImage(foreground, truth, DEFAULT_POSTPROCESS)).toEqual({
      dice: 1,
      iou: 1,
      accuracy: 1,
      ap50: 1,
      map: 1,
      f1_50: 1,
      count_error: 0,
      truth_count: 2,
      predicted_count: 2,
      found: 2,
      missed: 0,
      extra: 0,
      merges: 0,
      splits: 0,
    })
    expect(scorePixels(foreground, truth, 0.5)).toEqual({ dice: 1, iou: 1, accuracy: 1 })
  })

  it('counts what is found, missed and extra', () => {
    const predicted = discs(64, 48, [
      { x: 15, y: 15, r: 9 },
      { x: 52, y: 8, r: 4 },
      { x: 6, y: 40, r: 4 },
    ])
    expect(scoreLabels(labelsToMask(predicted), predicted, truth)).toMatchObject({
      truth_count: 2,
      predicted_count: 3,
      found: 1,
      missed: 1,
      extra: 2,
      count_error: 1,
      ap50: 1 / 4,
      f1_50: 2 / 5,
    })
  })

  it('is taken at the original size, whatever the size of the map', () => {
    const small = { width: 32, height: 24, data: new Float32Array(32 * 24) }
    for (let y = 0; y < 24; y++) for (let x = 0; x < 32; x++) small.data[y * 32 + x] = truth.data[2 * y * 64 + 2 * x]! > 0 ? 1 : 0
    const score = scoreImage(small, truth, DEFAULT_POSTPROCESS)
    expect(score.dice).toBeGreaterThan(0.9)
    expect(score.found).toBe(2)
    expect(() => scoreImage(small.data, truth, DEFAULT_POSTPROCESS)).toThrow(/768 values for 64x48/)
  })
})

describe('aggregates', () => {
  const base = { iou: 1, accuracy: 1 }

  it('are means over images, without what is missing', () => {
    expect(
      aggregateScores([
        { ...base, dice: 1, ap50: 0.5, truth_count: 10, predicted_count: 7 },
        { ...base, dice: 0.5, ap50: null, truth_count: null },
      ]),
    ).toEqual({ dice: 0.75, iou: 1, accuracy: 1, ap50: 0.5, count_error: 3 })
    expect(aggregateScores([])).toEqual({})
  })

  it('have a key for every stratum', () => {
    expect(
      metricKeys('val', [
        { ...base, dice: 1, stratum: 'histology' },
        { ...base, dice: 0, stratum: 'fluorescence' },
      ]),
    ).toEqual({
      'val/dice': 0.5,
      'val/iou': 1,
      'val/accuracy': 1,
      'val/dice@fluorescence': 0,
      'val/iou@fluorescence': 1,
      'val/accuracy@fluorescence': 1,
      'val/dice@histology': 1,
      'val/iou@histology': 1,
      'val/accuracy@histology': 1,
    })
  })
})
