import { DEFAULT_POSTPROCESS, type Postprocess } from '../contracts/model-spec.ts'
import { AppError } from '../errors.ts'
import { type LabelMap, labelsToMask, requireLength, thresholdMask } from './image.ts'
import { probabilityToInstances } from './instances.ts'
import { equivalentDiameter, labelAreas } from './labels.ts'
import { averagePrecision, countsAt, type Matching, matchObjects, meanAveragePrecision } from './matching.ts'
import { pixelScore } from './metrics.ts'

/** One predicted image and its truth, all of one size. */
export interface TuneImage {
  /** 1 - P(background), one value a pixel. */
  foreground: Float32Array
  /** P(border), where the model has that class: of every image, or of none. */
  border?: Float32Array | undefined
  truth: LabelMap
}

/** Means over images. */
export interface MeanScores {
  dice: number
  ap50: number
  map: number
}

export interface Tuned {
  postprocess: Postprocess
  scores: MeanScores
  /** Of the default settings, on the same images. */
  defaultScores: MeanScores
  /** Settings that were scored on every image. */
  tried: number
  /** False where time was up before the search was over. */
  complete: boolean
}

export interface TuneOptions {
  defaults?: Postprocess
  /** Awaited after every image of every setting: the place to report, and to let other work in. */
  onStep?: () => void | Promise<void>
  /** Whether time is up. The default settings are scored in any case. */
  isOver?: () => boolean
}

/** A gain of mAP below this is a tie, and a tie is decided for what is nearer to the defaults. */
const LEAST_GAIN = 0.0005
/**
 * Mean Dice may fall this far below the default's for a better mAP: less than the mean over some hundred images can
 * tell. A bound says what may happen; a Dice term in the objective would still sell any amount of it for enough mAP.
 */
const DICE_SLACK = 0.002

const COARSE = 0.05
const FINE = 0.025
const LEAST_THRESHOLD = 0.2
const MOST_THRESHOLD = 0.8
/** A direction is given up after so many settings that are worse: mAP rises to one summit, maybe a flat one, and falls. */
const PATIENCE = 2
const MIN_AREAS = [0, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
const SEED_DISTANCES = [1, 3, 5, 8, 12, 16, 24, 32]

/**
 * Whether one setting is to be preferred to another that is nearer to the defaults.
 * @param dice of the default settings
 */
export function isGain(candidate: MeanScores, best: MeanScores, dice: number): boolean {
  return candidate.map > best.map + LEAST_GAIN && candidate.dice >= dice - DICE_SLACK
}

/**
 * The settings that turn probability maps into objects best: those of the greatest mean mAP whose mean Dice is not below
 * the default's.
 *
 * A search along one setting at a time, from the defaults outwards. The threshold goes first, since it moves every
 * outline, then the seed distance, then the threshold again in finer steps. The minimum area costs nothing, and so is
 * searched at every point: an object that is dropped only leaves the list of those that were matched, and Dice is of the
 * map before any is dropped. That makes a dozen segmentations of every image instead of the hundreds of the whole grid.
 *
 * @throws AppError BAD_REQUEST for no images, or for maps of another size than their truth
 */
export async function tunePostprocess(images: readonly TuneImage[], options: TuneOptions = {}): Promise<Tuned> {
  if (images.length === 0) throw new AppError('BAD_REQUEST', 'Settings cannot be tuned without an image.')
  const defaults = options.defaults ?? DEFAULT_POSTPROCESS
  const sizes = truthSizes(images)
  const minAreas = outwards([...MIN_AREAS, defaults.min_area], defaults.min_area).filter(
    (area) => area <= Math.max(defaults.min_area, sizes.small),
  )
  const search = new Search(images, defaults, minAreas, options)
  await search.begin()

  const walk = async (values: readonly number[], at: (value: number) => Partial<Postprocess>): Promise<void> => {
    let worse = 0
    for (const value of values) {
      if (worse >= PATIENCE || search.isOver) return
      if (await search.visitWorse({ ...search.best.postprocess, ...at(value) })) worse++
    }
  }
  const threshold = (value: number): Partial<Postprocess> => ({ threshold: value })
  await walk(steps(defaults.threshold, -COARSE), threshold)
  await walk(steps(defaults.threshold, COARSE), threshold)
  const distances = [...new Set(SEED_DISTANCES)].filter((distance) => distance <= Math.max(defaults.seed_distance, sizes.median))
  const seedDistance = (value: number): Partial<Postprocess> => ({ seed_distance: value })
  await walk(distances.filter((distance) => distance < defaults.seed_distance).reverse(), seedDistance)
  await walk(
    distances.filter((distance) => distance > defaults.seed_distance),
    seedDistance,
  )
  const coarse = search.best.postprocess.threshold
  await walk([coarse - FINE], threshold)
  await walk([coarse + FINE], threshold)
  return search.result()
}

interface Point {
  postprocess: Postprocess
  scores: MeanScores
}

class Search {
  best: Point
  private defaultScores: MeanScores = { dice: 0, ap50: 0, map: 0 }
  private tried = 0
  private cut = false

  constructor(
    private readonly images: readonly TuneImage[],
    private readonly defaults: Postprocess,
    private readonly minAreas: readonly number[],
    private readonly options: TuneOptions,
  ) {
    this.best = { postprocess: defaults, scores: this.defaultScores }
  }

  get isOver(): boolean {
    return (this.cut ||= this.options.isOver?.() ?? false)
  }

  async begin(): Promise<void> {
    // The default minimum area is the first of its list.
    const points = await this.scoresAt(this.defaults, false)
    this.defaultScores = points[0]?.scores ?? this.defaultScores
    this.best = { postprocess: this.defaults, scores: this.defaultScores }
    this.take(points)
  }

  /** @returns whether all that it holds is worse than what was best */
  async visitWorse(postprocess: Postprocess): Promise<boolean> {
    const points = await this.scoresAt(postprocess, true)
    const before = this.best.scores.map
    this.take(points)
    return points.every(({ scores }) => scores.map < before - LEAST_GAIN)
  }

  result(): Tuned {
    const { postprocess, scores } = this.best
    return { postprocess, scores, defaultScores: this.defaultScores, tried: this.tried, complete: !this.cut }
  }

  private take(points: readonly Point[]): void {
    for (const point of points) if (isGain(point.scores, this.best.scores, this.defaultScores.dice)) this.best = point
  }

  /** Scores of one threshold and seed distance with every minimum area; none where time is up on the way. */
  private async scoresAt(postprocess: Postprocess, mayStop: boolean): Promise<Point[]> {
    const points = this.minAreas.map((area): Point => ({
      postprocess: { ...postprocess, min_area: area },
      scores: { dice: 0, ap50: 0, map: 0 },
    }))
    for (const image of this.images) {
      if (mayStop && this.isOver) return []
      const { dice, matching, areas } = segment(image, postprocess)
      for (const { postprocess: settings, scores } of points) {
        const kept = withoutSmall(matching, areas, settings.min_area)
        scores.dice += dice / this.images.length
        scores.ap50 += averagePrecision(countsAt(kept, 0.5)) / this.images.length
        scores.map += meanAveragePrecision(kept) / this.images.length
      }
      await this.options.onStep?.()
    }
    this.tried += points.length
    return points
  }
}

function segment(
  { foreground, border, truth }: TuneImage,
  postprocess: Postprocess,
): { dice: number; matching: Matching; areas: Uint32Array } {
  const { width, height } = truth
  requireLength(foreground, width, height, 'Foreground probability')
  const labels = probabilityToInstances(foreground, width, height, { ...postprocess, min_area: 0 }, border)
  const mask = thresholdMask({ width, height, data: foreground }, postprocess.threshold)
  return { dice: pixelScore(labelsToMask(truth), mask).dice, matching: matchObjects(truth, labels), areas: labelAreas(labels) }
}

/** What would have been matched, had objects of fewer pixels been dropped before. */
function withoutSmall(matching: Matching, areas: Uint32Array, minArea: number): Matching {
  const isKept = (label: number): boolean => (areas[label] ?? 0) >= minArea
  return {
    truth: matching.truth,
    predicted: matching.predicted.filter(isKept),
    overlaps: matching.overlaps.filter(({ predicted }) => isKept(predicted)),
  }
}

/** Area that a tenth of the true objects stay below, and their median diameter: beyond those, settings destroy the truth itself. */
function truthSizes(images: readonly TuneImage[]): { small: number; median: number } {
  const areas = images.flatMap(({ truth }) => Array.from(labelAreas(truth).subarray(1)).filter((area) => area > 0)).sort((a, b) => a - b)
  return { small: areas[Math.floor(areas.length / 10)] ?? 0, median: equivalentDiameter(areas[Math.floor(areas.length / 2)] ?? 0) }
}

function outwards(values: readonly number[], from: number): number[] {
  return [...new Set(values)].sort((a, b) => Math.abs(a - from) - Math.abs(b - from) || a - b)
}

function steps(from: number, by: number): number[] {
  const values: number[] = []
  for (let n = 1; ; n++) {
    // Decimal steps: what is stored is read by people.
    const value = Math.round((from + n * by) * 1000) / 1000
    if (value < LEAST_THRESHOLD || value > MOST_THRESHOLD) return values
    values.push(value)
  }
}
