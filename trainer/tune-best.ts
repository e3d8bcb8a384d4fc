import { setImmediate as nextTurn } from 'node:timers/promises'
import { DEFAULT_POSTPROCESS, type Postprocess } from '../core/contracts/model-spec.ts'
import type { EvaluationWrite } from '../core/runs/run-writer.ts'
import { isGain, type MeanScores, type TuneImage, tunePostprocess } from '../core/segmentation/tune-postprocess.ts'
import { tuningSample } from '../core/segmentation/tuning-sample.ts'
import type { Network } from '../networks/network.ts'
import type { DataImage } from './data.ts'
import { evaluate, type EvaluationOptions, type EvaluationResult, type ProbabilityPng } from './evaluate.ts'
import type { Validation } from './validation.ts'

/** Pixels of the images that are tuned on: a dozen settings segment them in some ten seconds of one core. */
const TUNED_PIXELS = 6_000_000
/**
 * Seconds of computing, a guard for machines that are far slower; what was found by then is taken. Not of the clock: a
 * machine that others use too has to find the same.
 */
const MOST_CPU_SECONDS = 60

export interface TunedBest {
  postprocess: Postprocess
  /** Of every image of the side. */
  maps: ProbabilityPng[]
  evaluation: Pick<EvaluationWrite, 'settings' | 'summary' | 'scores'>
  /** What was found, for the log. */
  line: string
}

export interface TuneBestOptions extends Omit<EvaluationOptions, 'objects' | 'maps' | 'postprocess' | 'onMaps'> {
  /** Whether what is found is not wanted any more. */
  isCancelled: () => boolean
}

/**
 * Predicts the whole side with the weights as they are, and tunes the post-processing on those very maps: first on a
 * sample where the side is large, then judged on all of it. Settings that do not hold there are not taken.
 */
export async function tuneBest(
  network: Network,
  validation: Validation,
  images: readonly DataImage[],
  options: TuneBestOptions,
): Promise<TunedBest> {
  const sample = new Set(tuningSample(images, TUNED_PIXELS))
  const kept: TuneImage[] = []
  const predicted = await evaluate(network, validation, {
    ...options,
    postprocess: DEFAULT_POSTPROCESS,
    objects: 'later',
    maps: 'all',
    onMaps: (index, maps) => void (sample.has(index) && kept.push(maps)),
  })
  const [started, used] = [Date.now(), process.cpuUsage()]
  const found = await tunePostprocess(kept, {
    isOver: () => options.isCancelled() || process.cpuUsage(used).user / 1e6 > MOST_CPU_SECONDS,
    async onStep() {
      options.signal.throwIfAborted()
      options.onProgress?.(validation.count)
      await nextTurn()
    },
  })
  const seconds = (Date.now() - started) / 1000
  // Maps that were too many to keep are predicted again.
  const scoreWith = (postprocess: Postprocess): Promise<EvaluationResult> =>
    predicted.withObjects?.(postprocess) ?? evaluate(network, validation, { ...options, postprocess, objects: true, maps: 'none' })
  const byDefault = await scoreWith(DEFAULT_POSTPROCESS)
  const before = meansOf(byDefault)
  const tried = found.postprocess === DEFAULT_POSTPROCESS ? byDefault : await scoreWith(found.postprocess)
  const holds = tried !== byDefault && isGain(meansOf(tried), before, before.dice)
  const postprocess = holds ? found.postprocess : DEFAULT_POSTPROCESS
  const judged = holds ? tried : byDefault
  return {
    postprocess,
    maps: predicted.maps,
    evaluation: {
      settings: {
        postprocess,
        tuned: true,
        test_time_augmentation: options.testTimeAugmentation ?? 'none',
        tuned_images: kept.length,
        default: { postprocess: DEFAULT_POSTPROCESS, ...before },
      },
      summary: judged.points,
      scores: judged.images.map(({ imageId, score }) => ({ imageId, score })),
    },
    line: lineOf(
      postprocess,
      meansOf(judged),
      before,
      `${kept.length} of ${validation.count} images, ${seconds.toFixed(1)} s${found.complete ? '' : ', cut short'}`,
    ),
  }
}

function meansOf({ points }: EvaluationResult): MeanScores {
  return { dice: points['val/dice'] ?? NaN, ap50: points['val/ap50'] ?? NaN, map: points['val/map'] ?? NaN }
}

function lineOf(
  { threshold, min_area: area, seed_distance: distance }: Postprocess,
  now: MeanScores,
  before: MeanScores,
  how: string,
): string {
  const change = (name: string, key: keyof MeanScores): string => `${name} ${before[key].toFixed(4)} -> ${now[key].toFixed(4)}`
  return `post-processing tuned on ${how}: threshold ${threshold}, least area ${area}, seed distance ${distance}; ${change('dice', 'dice')}, ${change('ap50', 'ap50')}, ${change('map', 'map')}`
}
