import { setImmediate as nextTurn } from 'node:timers/promises'
import sharp from 'sharp'
import type { Postprocess } from '../core/contracts/model-spec.ts'
import type { ImageScoreView } from '../core/contracts/views.ts'
import { probabilityToBytes } from '../core/segmentation/image.ts'
import type { ProbabilityMap } from '../core/segmentation/image.ts'
import { metricKeys, scoreImage, scorePixels } from '../core/segmentation/metrics.ts'
import { fitWithin, resizeProbability } from '../core/segmentation/resize.ts'
import type { TuneImage } from '../core/segmentation/tune-postprocess.ts'
import type { Network } from '../networks/network.ts'
import { assemble, predictPatches, toMaps } from '../networks/predict.ts'
import type { TestTimeAugmentation } from '../networks/test-time-augmentation.ts'
import type { LossName } from './losses/loss.ts'
import { validationLoss } from './losses/validation-loss.ts'
import type { Validation } from './validation.ts'

/** Longest side of a stored probability map: what the mask lab shows. */
const MAP_SIDE = 512
/** Pixels of one group of images: bounds what is in memory at once, and how long a request waits for an answer. */
const GROUP_PIXELS = 32 * 128 * 128

export interface EvaluationOptions {
  /** `val` or `test`: the prefix of the metric keys. */
  side: 'val' | 'test'
  loss: LossName
  postprocess: Postprocess
  /** Whether objects are scored too; `later`: when the result is asked to, from the maps as they were. */
  objects: boolean | 'later'
  /** Images whose maps are wanted. */
  maps: ReadonlySet<string> | 'all' | 'none'
  /** Gets every image's maps at the original size, and its truth, by its place on the side. */
  onMaps?: (index: number, maps: TuneImage) => void
  /** Four times the work, so not in every epoch: for scores of what is kept or served. */
  testTimeAugmentation?: TestTimeAugmentation
  signal: AbortSignal
  /** Called between groups of images. */
  onProgress?: (done: number) => void
}

export interface ImageResult {
  imageId: string
  stratum: string
  score: ImageScoreView
}

/** 8-bit grey PNGs, 0..255 for 0..1, longest side at most 512. */
export interface ProbabilityPng {
  imageId: string
  imageName: string
  foreground: Uint8Array
  border: Uint8Array | undefined
}

export interface EvaluationResult {
  /** `val/loss`, `val/dice`, `val/dice@stratum`, .. */
  points: Record<string, number>
  images: ImageResult[]
  maps: ProbabilityPng[]
  /** The same result with objects scored, by other settings if given, where they were put off and the maps did not take too much memory. */
  withObjects: ((postprocess?: Postprocess) => Promise<EvaluationResult>) | undefined
}

/** Maps kept for a later scoring of objects, in pixels of all images: half a gigabyte. */
const MOST_KEPT_PIXELS = 64_000_000

/**
 * Judges a network on every image of a side: pixels at the original size, objects if asked for, the loss in the network's
 * geometry. All from the weights as they are now.
 */
export async function evaluate(network: Network, validation: Validation, options: EvaluationOptions): Promise<EvaluationResult> {
  const images: ImageResult[] = []
  const maps: ProbabilityPng[] = []
  const later: ((postprocess: Postprocess) => ImageScoreView)[] = []
  let keptPixels = 0
  let loss = 0
  let index = 0
  while (index < validation.count) {
    options.signal.throwIfAborted()
    const group = [await validation.get(index++)]
    const pixelsOf = (at: number): number => group[at]!.plan().patches.reduce((sum, patch) => sum + patch.length / 3, 0)
    for (let pixels = pixelsOf(0); index < validation.count && pixels < GROUP_PIXELS;) {
      group.push(await validation.get(index++))
      pixels += pixelsOf(group.length - 1)
    }
    const plans = group.map((image) => image.plan())
    const outputs = predictPatches(network, plans, options.testTimeAugmentation)
    for (const [at, { image, labels, patchTruth }] of group.entries()) {
      const patches = outputs[at]!
      const losses = patches.map((probabilities, patch) => validationLoss(options.loss, probabilities, patchTruth(patch), network.classes))
      loss += losses.reduce((sum, value) => sum + value, 0) / losses.length
      const { foreground, border } = toMaps(assemble(plans[at]!, patches, network.classes))
      options.onMaps?.(images.length, { foreground: foreground.data, border: border?.data, truth: labels })
      const scoreObjects = (postprocess: Postprocess): ImageScoreView => objectScore(scoreImage(foreground, labels, postprocess, border))
      const score =
        options.objects === true
          ? scoreObjects(options.postprocess)
          : pixelsOnly(scorePixels(foreground, labels, options.postprocess.threshold))
      if (options.objects === 'later') {
        keptPixels += labels.data.length
        if (keptPixels <= MOST_KEPT_PIXELS) later.push(scoreObjects)
        else later.length = 0
      }
      images.push({ imageId: image.id, stratum: image.stratum, score })
      if (options.maps === 'all' || (options.maps !== 'none' && options.maps.has(image.id))) {
        maps.push({
          imageId: image.id,
          imageName: image.name,
          foreground: await toPng(foreground),
          border: border && (await toPng(border)),
        })
      }
    }
    options.onProgress?.(index)
    await nextTurn()
  }
  const resultOf = (scored: ImageResult[]): EvaluationResult => {
    const flat = scored.map(({ stratum, score }) => ({ stratum, ...score }))
    const points = { ...metricKeys(options.side, flat), [`${options.side}/loss`]: loss / validation.count }
    return { points, images: scored, maps, withObjects: undefined }
  }
  const withObjects = async (postprocess = options.postprocess): Promise<EvaluationResult> => {
    const scored: ImageResult[] = []
    for (const [at, image] of images.entries()) {
      options.signal.throwIfAborted()
      scored.push({ ...image, score: later[at]!(postprocess) })
      options.onProgress?.(at + 1)
      await nextTurn()
    }
    return resultOf(scored)
  }
  return { ...resultOf(images), withObjects: options.objects === 'later' && later.length === images.length ? withObjects : undefined }
}

function objectScore(score: ImageScoreView): ImageScoreView {
  const { dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits } = score
  return { dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits }
}

function pixelsOnly({ dice, iou, accuracy }: Pick<ImageScoreView, 'dice' | 'iou' | 'accuracy'>): ImageScoreView {
  return {
    dice,
    iou,
    accuracy,
    ap50: null,
    map: null,
    f1_50: null,
    truth_count: null,
    predicted_count: null,
    found: null,
    merges: null,
    splits: null,
  }
}

async function toPng(map: ProbabilityMap): Promise<Uint8Array> {
  const { width, height } = fitWithin(map.width, map.height, MAP_SIDE)
  const bytes = probabilityToBytes(resizeProbability(map, width, height))
  return sharp(bytes, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toBuffer()
}
