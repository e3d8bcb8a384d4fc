import type { Postprocess } from '../contracts/model-spec.ts'
import type { ImageScoreView } from '../contracts/views.ts'
import type { LabelMap, Mask, ProbabilityMap } from './image.ts'
import { labelsToMask, requireLength, requireSameSize, thresholdMask } from './image.ts'
import { probabilityToInstances } from './instances.ts'
import { averagePrecision, countsAt, f1, matchObjects, meanAveragePrecision, mergedObjects, splitObjects } from './matching.ts'
import { resizeProbability } from './resize.ts'

export interface PixelScore {
  /** 2 |A and B| / (|A| + |B|). */
  dice: number
  /** |A and B| / |A or B|. */
  iou: number
  /** Share of pixels on which both maps agree. */
  accuracy: number
}

type Measured = { [K in keyof ImageScoreView]: NonNullable<ImageScoreView[K]> }

/** Everything that is said of one prediction on one image, at the image's original size. Same names as the API's. */
export interface ImageScore extends Measured {
  /** |predicted objects - true objects|. */
  count_error: number
  /** True objects without a match at IoU > 0.5. */
  missed: number
  /** Predicted objects without a match at IoU > 0.5. */
  extra: number
}

/** Dice, IoU and accuracy of two yes-or-no maps of one size. Both empty: 1; one empty: Dice and IoU 0. */
export function pixelScore(truth: Mask, predicted: Mask): PixelScore {
  requireSameSize(truth, predicted, 'Truth and prediction')
  let both = 0
  let onlyTruth = 0
  let onlyPredicted = 0
  for (let i = 0; i < truth.data.length; i++) {
    const inTruth = truth.data[i] !== 0
    const inPredicted = predicted.data[i] !== 0
    if (inTruth && inPredicted) both++
    else if (inTruth) onlyTruth++
    else if (inPredicted) onlyPredicted++
  }
  const either = both + onlyTruth + onlyPredicted
  return {
    dice: either === 0 ? 1 : (2 * both) / (both + either),
    iou: either === 0 ? 1 : both / either,
    accuracy: 1 - (onlyTruth + onlyPredicted) / truth.data.length,
  }
}

/** Values of the truth's own size, row by row, or a map of another size, which is scaled to the truth's first. */
export type Probability = Float32Array | ProbabilityMap

/**
 * Scores of one predicted probability map.
 * @param foreground 1 - P(background)
 * @param border probability of the border class, where the model has one
 */
export function scoreImage(foreground: Probability, truth: LabelMap, settings: Postprocess, border?: Probability): ImageScore {
  const { width, height } = truth
  const map = atSizeOf(truth, foreground)
  const predicted = probabilityToInstances(map.data, width, height, settings, border && atSizeOf(truth, border).data)
  return scoreLabels(thresholdMask(map, settings.threshold), predicted, truth)
}

/** Pixels alone: what is cheap enough for every validation image in every epoch. */
export function scorePixels(foreground: Probability, truth: LabelMap, threshold: number): PixelScore {
  return pixelScore(labelsToMask(truth), thresholdMask(atSizeOf(truth, foreground), threshold))
}

function atSizeOf({ width, height }: LabelMap, values: Probability): ProbabilityMap {
  if (!(values instanceof Float32Array)) return resizeProbability(values, width, height)
  requireLength(values, width, height, 'Probability')
  return { width, height, data: values }
}

/**
 * Scores of predicted objects.
 * @param foreground the yes-or-no map that pixel scores are computed on (before small objects are dropped)
 */
export function scoreLabels(foreground: Mask, predicted: LabelMap, truth: LabelMap): ImageScore {
  const matching = matchObjects(truth, predicted)
  const counts = countsAt(matching, 0.5)
  return {
    ...pixelScore(labelsToMask(truth), foreground),
    ap50: averagePrecision(counts),
    map: meanAveragePrecision(matching),
    f1_50: f1(counts),
    count_error: Math.abs(matching.predicted.length - matching.truth.length),
    truth_count: matching.truth.length,
    predicted_count: matching.predicted.length,
    found: counts.truePositives,
    missed: counts.falseNegatives,
    extra: counts.falsePositives,
    merges: mergedObjects(matching).length,
    splits: splitObjects(matching).length,
  }
}

/** What `aggregateScores` reads; object values may be missing or null where pixels alone were scored. */
export type Scored = Pick<ImageScoreView, 'dice' | 'iou' | 'accuracy'> & Partial<ImageScoreView> & { count_error?: number | null }

const AGGREGATED = ['dice', 'iou', 'accuracy', 'ap50', 'map', 'f1_50', 'count_error', 'merges', 'splits'] as const

/**
 * Mean over images of every score: an image counts as one, however many nuclei it has. Merges, splits and the count
 * error are means per image too, so that data sets of different size compare.
 * @returns metric without prefix -> mean; without what no image has, and empty for no images
 */
export function aggregateScores(scores: readonly Scored[]): Record<string, number> {
  const out: Record<string, number> = {}
  for (const key of AGGREGATED) {
    let sum = 0
    let n = 0
    for (const score of scores) {
      const value = key === 'count_error' ? countError(score) : score[key]
      if (value === null || value === undefined) continue
      sum += value
      n++
    }
    if (n > 0) out[key] = sum / n
  }
  return out
}

function countError(score: Scored): number | null {
  if (score.count_error !== undefined && score.count_error !== null) return score.count_error
  const { truth_count: truth, predicted_count: predicted } = score
  return truth == null || predicted == null ? null : Math.abs(predicted - truth)
}

/**
 * Metric keys of a set of scored images: `val/dice`, .. and per stratum `val/dice@histology`, ..
 * @param side the prefix, `val` or `test`
 */
export function metricKeys(side: string, scores: readonly (Scored & { stratum: string })[]): Record<string, number> {
  const out: Record<string, number> = {}
  const put = (suffix: string, of: readonly Scored[]): void => {
    for (const [key, value] of Object.entries(aggregateScores(of))) out[`${side}/${key}${suffix}`] = value
  }
  put('', scores)
  for (const stratum of [...new Set(scores.map((score) => score.stratum))].sort()) {
    put(
      `@${stratum}`,
      scores.filter((score) => score.stratum === stratum),
    )
  }
  return out
}
