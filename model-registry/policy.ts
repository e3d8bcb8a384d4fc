import { seededRandom } from '../core/segmentation/random.ts'

/**
 * How a candidate is judged beside the champion. Pure: what is compared is the score of every validation image under
 * both, so that hard and easy images weigh the same on both sides; and because tiles of one field rise and fall
 * together, whole groups are drawn in the bootstrap, never single images.
 */
export interface ScoredImage {
  image_id: string
  image_name: string
  stratum: string
  group_id: string
  score: number
}

export interface PairedImage {
  image_id: string
  image_name: string
  stratum: string
  group_id: string
  candidate: number
  champion: number
}

export interface Difference {
  /** Mean over images of candidate minus champion. */
  mean: number
  /** 2.5th and 97.5th percentile of the mean under resampling of groups. */
  low: number
  high: number
  /** The interval holds zero: the validation images cannot tell the two apart. */
  tied: boolean
}

export const BOOTSTRAP_ROUNDS = 2000
const BOOTSTRAP_SEED = 20180416

/** The images that both were scored on, in the candidate's order. */
export function pairScores(candidate: readonly ScoredImage[], champion: readonly ScoredImage[]): PairedImage[] {
  const byImage = new Map(champion.map((image) => [image.image_id, image.score]))
  return candidate.flatMap(({ score, ...image }) => {
    const other = byImage.get(image.image_id)
    return other === undefined ? [] : [{ ...image, candidate: score, champion: other }]
  })
}

/**
 * Mean difference with its 95 % percentile interval by a paired bootstrap over groups, with a fixed seed: the same
 * scores always give the same interval.
 *
 * A single group cannot say how much groups differ; its interval is the whole range that a difference of scores in 0..1
 * can have, hence tied.
 * @returns null for no images
 */
export function pairedDifference(pairs: readonly PairedImage[], rounds = BOOTSTRAP_ROUNDS): Difference | null {
  if (pairs.length === 0) return null
  const groups = groupSums(pairs)
  const mean = pairs.reduce((sum, pair) => sum + pair.candidate - pair.champion, 0) / pairs.length
  if (groups.length < 2) return { mean, low: -1, high: 1, tied: true }
  const random = seededRandom(BOOTSTRAP_SEED)
  const means = new Float64Array(rounds)
  for (let round = 0; round < rounds; round++) {
    let sum = 0
    let images = 0
    for (let drawn = 0; drawn < groups.length; drawn++) {
      const group = groups[Math.floor(random() * groups.length)]
      if (group === undefined) continue
      sum += group.sum
      images += group.images
    }
    means[round] = sum / images
  }
  means.sort()
  const low = quantile(means, 0.025)
  const high = quantile(means, 0.975)
  return { mean, low, high, tied: low <= 0 && high >= 0 }
}

function groupSums(pairs: readonly PairedImage[]): { sum: number; images: number }[] {
  const groups = new Map<string, { sum: number; images: number }>()
  for (const pair of pairs) {
    const group = groups.get(pair.group_id) ?? { sum: 0, images: 0 }
    group.sum += pair.candidate - pair.champion
    group.images++
    groups.set(pair.group_id, group)
  }
  return [...groups.values()]
}

/** Linear between neighbours (type 7 of Hyndman and Fan), of values in rising order. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? 0
  const above = sorted[Math.ceil(at)] ?? below
  return below + (above - below) * (at - Math.floor(at))
}

export interface StratumComparison {
  stratum: string
  /** Images the candidate was scored on. */
  n: number
  candidate: number
  champion: number | null
}

/** Means per stratum, the largest stratum first; the champion's only where it was scored on the same images. */
export function compareStrata(candidate: readonly ScoredImage[], pairs: readonly PairedImage[] | null): StratumComparison[] {
  const strata = [...new Set(candidate.map((image) => image.stratum))]
  return strata
    .map((stratum) => {
      const paired = pairs?.filter((pair) => pair.stratum === stratum) ?? []
      // Beside each other only means over the same images say anything.
      if (paired.length > 0) {
        return { stratum, n: paired.length, candidate: mean(paired.map((p) => p.candidate)), champion: mean(paired.map((p) => p.champion)) }
      }
      const own = candidate.filter((image) => image.stratum === stratum)
      return { stratum, n: own.length, candidate: mean(own.map((image) => image.score)), champion: null }
    })
    .sort((a, b) => b.n - a.n || a.stratum.localeCompare(b.stratum))
}

/** The images with the greatest gain and with the greatest loss, most first; those that did not change are in neither. */
export function greatestChanges(pairs: readonly PairedImage[], count: number): { improved: PairedImage[]; worsened: PairedImage[] } {
  const gain = (pair: PairedImage): number => pair.candidate - pair.champion
  const byGain = pairs.toSorted((a, b) => gain(b) - gain(a) || a.image_name.localeCompare(b.image_name))
  return {
    improved: byGain.filter((pair) => gain(pair) > 0).slice(0, count),
    worsened: byGain
      .filter((pair) => gain(pair) < 0)
      .reverse()
      .slice(0, count),
  }
}

/** What must be equal for two sets of validation scores to be set side by side. */
export interface ScoreOrigin {
  dataset: string
  datasetVersionId: string | null
  splitId: string | null
  splitSeed: number | null
}

export interface Comparability {
  ok: boolean
  reason: string
}

/** Whether candidate and champion were scored on the same validation side, or why they cannot be compared. */
export function comparability(
  candidate: ScoreOrigin,
  champion: ScoreOrigin,
  images: { candidate: number; champion: number; both: number },
): Comparability {
  if (candidate.datasetVersionId !== champion.datasetVersionId) {
    return {
      ok: false,
      reason: `The champion was validated on ${champion.dataset}, the candidate on ${candidate.dataset}: their scores are of different images.`,
    }
  }
  if (candidate.splitId !== champion.splitId) {
    return {
      ok: false,
      reason: `The champion was validated on the split of seed ${champion.splitSeed ?? '?'}, the candidate on that of seed ${candidate.splitSeed ?? '?'}: images that one was validated on may have trained the other.`,
    }
  }
  if (images.candidate === 0) return { ok: false, reason: 'No validation scores of the candidate are stored.' }
  if (images.champion === 0) return { ok: false, reason: 'No validation scores of the champion are stored.' }
  if (images.both === 0)
    return { ok: false, reason: 'The two were validated on different images of the split (their limits of images differ).' }
  if (images.both < Math.max(images.candidate, images.champion)) {
    return {
      ok: true,
      reason: `Compared on the ${images.both} validation images that both were scored on (candidate ${images.candidate}, champion ${images.champion}).`,
    }
  }
  return { ok: true, reason: `The same ${images.both} validation images of ${candidate.dataset}.` }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
