import type { LabelMap } from './image.ts'
import { requireSameSize } from './image.ts'
import { labelAreas, relabel } from './labels.ts'

/** One pair of a true and a predicted object that share at least one pixel. Labels are those of the maps given. */
export interface Overlap {
  truth: number
  predicted: number
  /** Shared pixels. */
  pixels: number
  /** Shared pixels over pixels of either. */
  iou: number
  /** Share of the true object's pixels that the predicted one covers. */
  ofTruth: number
  /** Share of the predicted object's pixels that lie in the true one. */
  ofPredicted: number
}

export interface Matching {
  truth: number[]
  predicted: number[]
  overlaps: Overlap[]
}

export interface Counts {
  truePositives: number
  falsePositives: number
  falseNegatives: number
}

/** Every overlapping pair of two label maps of one size, by a joint histogram in one pass. */
export function matchObjects(truth: LabelMap, predicted: LabelMap): Matching {
  requireSameSize(truth, predicted, 'Truth and prediction')
  const t = relabel(truth)
  const p = relabel(predicted)
  const areasT = labelAreas(t.labels)
  const areasP = labelAreas(p.labels)
  const joint = jointHistogram(t.labels.data, p.labels.data, p.count + 1)
  const overlaps: Overlap[] = []
  for (const [key, pixels] of joint) {
    const a = Math.floor(key / (p.count + 1))
    const b = key % (p.count + 1)
    const areaT = areasT[a]!
    const areaP = areasP[b]!
    overlaps.push({
      truth: t.ids[a]!,
      predicted: p.ids[b]!,
      pixels,
      iou: pixels / (areaT + areaP - pixels),
      ofTruth: pixels / areaT,
      ofPredicted: pixels / areaP,
    })
  }
  overlaps.sort((a, b) => a.truth - b.truth || a.predicted - b.predicted)
  return { truth: Array.from(t.ids.subarray(1)), predicted: Array.from(p.ids.subarray(1)), overlaps }
}

/** Pixels of every pair of labels, both above 0; the key is `a * columns + b`. */
function jointHistogram(a: Uint16Array | Uint32Array, b: Uint16Array | Uint32Array, columns: number): Map<number, number> {
  const counts = new Map<number, number>()
  // Neighbours are mostly of one pair, so a run is counted before it is looked up.
  let key = -1
  let run = 0
  const close = (): void => {
    if (key !== -1) counts.set(key, (counts.get(key) ?? 0) + run)
  }
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!
    const y = b[i]!
    const at = x === 0 || y === 0 ? -1 : x * columns + y
    if (at === key) {
      run++
      continue
    }
    close()
    key = at
    run = 1
  }
  close()
  return counts
}

/**
 * Pairs with IoU above `threshold`. From 0.5 on an object can have one partner at most, so nothing has to be chosen;
 * below that the greatest IoU goes first.
 */
export function matchesAt(matching: Matching, threshold: number): Overlap[] {
  const above = matching.overlaps.filter((overlap) => overlap.iou > threshold)
  if (threshold >= 0.5) return above
  const truth = new Set<number>()
  const predicted = new Set<number>()
  return above
    .sort((a, b) => b.iou - a.iou)
    .filter((overlap) => {
      if (truth.has(overlap.truth) || predicted.has(overlap.predicted)) return false
      truth.add(overlap.truth)
      predicted.add(overlap.predicted)
      return true
    })
}

export function countsAt(matching: Matching, threshold: number): Counts {
  const truePositives = matchesAt(matching, threshold).length
  return {
    truePositives,
    falsePositives: matching.predicted.length - truePositives,
    falseNegatives: matching.truth.length - truePositives,
  }
}

/** TP / (TP + FP + FN), the Bowl's precision at one threshold. Both empty: 1. One empty: 0. */
export function averagePrecision({ truePositives, falsePositives, falseNegatives }: Counts): number {
  const all = truePositives + falsePositives + falseNegatives
  return all === 0 ? 1 : truePositives / all
}

/** 2 TP / (2 TP + FP + FN). Both empty: 1. One empty: 0. */
export function f1({ truePositives, falsePositives, falseNegatives }: Counts): number {
  const all = 2 * truePositives + falsePositives + falseNegatives
  return all === 0 ? 1 : (2 * truePositives) / all
}

/** 0.50, 0.55, .. 0.95. */
export const MAP_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100)

/** Mean of `averagePrecision` over IoU 0.50 to 0.95 by 0.05: the Bowl's score (not COCO's mAP, which ranks by confidence). */
export function meanAveragePrecision(matching: Matching): number {
  let sum = 0
  for (const threshold of MAP_THRESHOLDS) sum += averagePrecision(countsAt(matching, threshold))
  return sum / MAP_THRESHOLDS.length
}

/** Predicted objects that cover more than half of each of two or more true ones. */
export function mergedObjects(matching: Matching): number[] {
  return repeated(matching.overlaps.filter((overlap) => overlap.ofTruth > 0.5).map((overlap) => overlap.predicted))
}

/** True objects in which two or more predicted ones lie, each with more than half of its pixels. */
export function splitObjects(matching: Matching): number[] {
  return repeated(matching.overlaps.filter((overlap) => overlap.ofPredicted > 0.5).map((overlap) => overlap.truth))
}

function repeated(ids: number[]): number[] {
  const seen = new Map<number, number>()
  for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1)
  return [...seen]
    .filter(([, times]) => times >= 2)
    .map(([id]) => id)
    .sort((a, b) => a - b)
}
