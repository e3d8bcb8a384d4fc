import { describe, expect, it } from 'vitest'
import { syntheticImage } from '../../../core/datasets/synthetic.ts'
import { type LabelMap, labelsToMask } from '../../../core/segmentation/image.ts'
import { scoreLabels } from '../../../core/segmentation/metrics.ts'
import { seededRandom } from '../../../core/segmentation/random.ts'

/**
 * The definitions once more, as slowly as they read: sets of pixels, every pair compared, partners found by search. It
 * shares no code with what it checks.
 */
function naiveScore(truth: LabelMap, predicted: LabelMap): { dice: number; ap50: number; map: number } {
  const trueObjects = pixelSets(truth)
  const found = pixelSets(predicted)
  const ious = trueObjects.map((a) => found.map((b) => iouOf(a, b)))
  const precisionAt = (threshold: number): number => {
    const free = new Set(found.keys())
    let matched = 0
    // Greedy by the greatest IoU of all that are left.
    const pairs = ious.flatMap((row, a) => row.map((iou, b) => ({ a, b, iou }))).sort((x, y) => y.iou - x.iou)
    const taken = new Set<number>()
    for (const { a, b, iou } of pairs) {
      if (iou <= threshold || taken.has(a) || !free.has(b)) continue
      taken.add(a)
      free.delete(b)
      matched++
    }
    const all = matched + free.size + (trueObjects.length - matched)
    return all === 0 ? 1 : matched / all
  }
  const thresholds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
  const union = (sets: Set<number>[]): Set<number> => new Set(sets.flatMap((set) => [...set]))
  const [a, b] = [union(trueObjects), union(found)]
  const common = [...a].filter((pixel) => b.has(pixel)).length
  return {
    dice: a.size + b.size === 0 ? 1 : (2 * common) / (a.size + b.size),
    ap50: precisionAt(0.5),
    map: thresholds.map(precisionAt).reduce((sum, value) => sum + value, 0) / thresholds.length,
  }
}

function pixelSets({ data }: LabelMap): Set<number>[] {
  const sets = new Map<number, Set<number>>()
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!
    if (label === 0) continue
    sets.set(label, (sets.get(label) ?? new Set()).add(i))
  }
  return [...sets.values()]
}

function iouOf(a: Set<number>, b: Set<number>): number {
  let common = 0
  for (const pixel of a) if (b.has(pixel)) common++
  return common / (a.size + b.size - common)
}

/** What a network makes of nuclei: some missed, merged, cut, shrunk or shifted, and some that are not there. */
function perturbed({ width, height, data }: LabelMap, seed: number): LabelMap {
  const random = seededRandom(seed)
  const kinds = new Map<number, number>()
  const kindOf = (label: number): number => {
    const known = kinds.get(label)
    if (known !== undefined) return known
    const kind = random()
    kinds.set(label, kind)
    return kind
  }
  const out = new Uint16Array(data.length)
  const shift = [Math.floor(random() * 4), Math.floor(random() * 4)] as const
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y - shift[1]) * width + x - shift[0]
      const label = y < shift[1] || x < shift[0] ? 0 : data[from]!
      if (label === 0) continue
      const kind = kindOf(label)
      const atEdge = [from - 1, from + 1, from - width, from + width].some((to) => data[to] !== label)
      if (kind < 0.1 || (kind < 0.4 && atEdge)) continue
      out[y * width + x] = kind < 0.5 ? 60_000 : kind < 0.6 ? label * 100 + (x % 9 < 3 ? 1 : 2) : label * 100
    }
  }
  for (let n = 0; n < 3; n++) {
    const at = Math.floor(random() * (height - 6)) * width + Math.floor(random() * (width - 6))
    for (let dy = 0; dy < 5; dy++) for (let dx = 0; dx < 5; dx++) out[at + dy * width + dx] = 50_000 + n
  }
  return { width, height, data: out }
}

describe('Dice, AP50 and mAP', () => {
  const images = Array.from({ length: 8 }, (_, seed) => syntheticImage(seed, 5, 128).labels)

  it.each(images.map((truth, seed) => ({ seed, truth })))('are what the definitions say, image $seed', ({ seed, truth }) => {
    const predicted = perturbed(truth, seed)
    const score = scoreLabels(labelsToMask(predicted), predicted, truth)
    const naive = naiveScore(truth, predicted)
    for (const key of ['dice', 'ap50', 'map'] as const) expect(score[key], key).toBeCloseTo(naive[key], 12)
    expect(score.map).toBeGreaterThan(0)
    expect(score.ap50).toBeLessThan(1)
  })

  it('do not depend on which side is called the truth, nor on the numbers of labels', () => {
    const truth = images[0]!
    const predicted = perturbed(truth, 1)
    const there = scoreLabels(labelsToMask(predicted), predicted, truth)
    const back = scoreLabels(labelsToMask(truth), truth, predicted)
    expect(back).toMatchObject({ dice: there.dice, ap50: there.ap50, map: there.map })
    const renumbered = { ...predicted, data: Uint32Array.from(predicted.data, (label) => (label === 0 ? 0 : 100_000 - label)) }
    expect(scoreLabels(labelsToMask(renumbered), renumbered, truth)).toEqual(there)
  })
})
