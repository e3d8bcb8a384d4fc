import type { ModelSpec } from '../core/contracts/model-spec.ts'
import { scaledSize } from '../core/segmentation/diameter.ts'
import type { ProbabilityMap, Raster } from '../core/segmentation/image.ts'
import { normalise } from '../core/segmentation/normalise.ts'
import { resizeSmooth } from '../core/segmentation/resize.ts'
import { TileBlender, extractTile, planTiles } from '../core/segmentation/tiles.ts'
import type { TilePlan } from '../core/segmentation/tiles.ts'
import type { Network } from './network.ts'
import { tf } from './tensorflow.ts'
import { type TestTimeAugmentation, withTestTimeAugmentation } from './test-time-augmentation.ts'

/** What decides how an image reaches the network. */
export type PredictSettings = Pick<ModelSpec, 'sampling' | 'image_size' | 'normalise'> & Partial<Pick<ModelSpec, 'test_time_augmentation'>>

/** What a network says of an image, at the image's own size. */
export interface Probabilities {
  width: number
  height: number
  /** 1 - P(background). */
  foreground: Float32Array
  /** P(border), where the network has that class. */
  border?: Float32Array
}

/** Up to this longest side an image is seen whole: a network that only convolves takes any size, and no tile is seen twice. */
const WHOLE_UP_TO = 768
const TILE = 512
const OVERLAP = 64
/** Pixels of one forward pass: 16 patches of 128 x 128, some 1.2 GB. Four times as many take 3.4 GB and are no faster. */
const PIXELS_AT_ONCE = 16 * 128 * 128

/** An image cut into (or scaled to) what the network takes: patches of one size, whose sides are multiples of 32. */
export interface PatchPlan {
  width: number
  height: number
  patchWidth: number
  patchHeight: number
  /** undefined: the whole image was scaled to one patch. One tile: it was filled up by reflection. */
  tiling: TilePlan | undefined
  /** patchHeight x patchWidth x 3, in -1..1. */
  patches: Float32Array[]
}

/**
 * @param raster any size; 8 or 16 bit or floating point; grey, RGB, with alpha or without
 * @param scale what the image is scaled by first: the plan and its probabilities are of the scaled size
 * @returns one normalisation over the whole image, then its patches
 */
export function planPatches(raster: Raster, settings: PredictSettings, scale = 1): PatchPlan {
  const { width, height } = scaledSize(raster, scale)
  // Normalised as it is, so that percentiles do not depend on the scale.
  const own = normalise(raster, settings.normalise)
  const input = scale === 1 ? own : resizeSmooth(own, raster.width, raster.height, 3, width, height)
  if (settings.sampling === 'resize') {
    const side = settings.image_size
    return {
      width,
      height,
      patchWidth: side,
      patchHeight: side,
      tiling: undefined,
      patches: [resizeSmooth(input, width, height, 3, side, side)],
    }
  }
  const tiling = Math.max(width, height) <= WHOLE_UP_TO ? oneTile(width, height) : planTiles(width, height, TILE, OVERLAP)
  const { w, h } = tiling.tiles[0]!
  return { width, height, patchWidth: w, patchHeight: h, tiling, patches: tiling.tiles.map((tile) => extractTile(input, tiling, tile, 3)) }
}

function oneTile(width: number, height: number): TilePlan {
  const w = Math.ceil(width / 32) * 32
  const h = Math.ceil(height / 32) * 32
  return { width, height, tile: Math.max(w, h), overlap: 0, tiles: [{ x: 0, y: 0, w, h }] }
}

/**
 * Runs the network over many images' patches, as many at a time as memory allows.
 * @returns for every plan, for every patch, probabilities patchHeight x patchWidth x classes
 */
export function predictPatches(
  network: Network,
  plans: readonly PatchPlan[],
  augmentation: TestTimeAugmentation = 'none',
): Float32Array[][] {
  const outputs: Float32Array[][] = plans.map((plan) => new Array<Float32Array>(plan.patches.length))
  const bySize = new Map<string, { plan: number; patch: number }[]>()
  for (const [plan, { patchWidth, patchHeight, patches }] of plans.entries()) {
    const size = `${patchWidth}x${patchHeight}`
    const list = bySize.get(size) ?? []
    bySize.set(size, list)
    for (let patch = 0; patch < patches.length; patch++) list.push({ plan, patch })
  }
  for (const list of bySize.values()) {
    const { patchWidth, patchHeight } = plans[list[0]!.plan]!
    const pixels = patchWidth * patchHeight
    const most = Math.max(1, Math.floor(PIXELS_AT_ONCE / pixels))
    for (let start = 0; start < list.length; start += most) {
      const some = list.slice(start, start + most)
      const input = new Float32Array(some.length * pixels * 3)
      for (const [at, { plan, patch }] of some.entries()) input.set(plans[plan]!.patches[patch]!, at * pixels * 3)
      // read outside of tidy: it looks for tensors in every element of what it returns, three times the prediction's own time
      const probabilities = tf.tidy(() => {
        const batch = tf.tensor4d(input, [some.length, patchHeight, patchWidth, 3])
        return withTestTimeAugmentation(augmentation, batch, (patch) => network.probabilities(patch))
      })
      const result = probabilities.dataSync() as Float32Array
      probabilities.dispose()
      const size = pixels * network.classes
      for (const [at, { plan, patch }] of some.entries()) outputs[plan]![patch] = result.subarray(at * size, (at + 1) * size)
    }
  }
  return outputs
}

/** Puts one image's patches together at the image's own size. @param outputs patchHeight x patchWidth x classes each */
export function assemble(plan: PatchPlan, outputs: readonly Float32Array[], classes: number): Probabilities {
  const { width, height, patchWidth, patchHeight, tiling } = plan
  const wanted = classes === 3 ? 2 : 1
  const channels = outputs.map((output) => wantedChannels(output, patchWidth * patchHeight, classes, wanted))
  const merged =
    tiling === undefined
      ? resizeSmooth(channels[0]!, patchWidth, patchHeight, wanted, width, height)
      : tiling.tiles.length === 1
        ? cutOut(channels[0]!, patchWidth, wanted, width, height)
        : blend(tiling, channels, wanted)
  if (wanted === 1) return { width, height, foreground: merged }
  const foreground = new Float32Array(width * height)
  const border = new Float32Array(width * height)
  for (let i = 0; i < foreground.length; i++) {
    foreground[i] = merged[2 * i]!
    border[i] = merged[2 * i + 1]!
  }
  return { width, height, foreground, border }
}

/** 1 - P(background), and P(border) beside it where wanted. @returns pixels x wanted */
function wantedChannels(output: Float32Array, pixels: number, classes: number, wanted: number): Float32Array {
  const values = new Float32Array(pixels * wanted)
  for (let i = 0; i < pixels; i++) {
    values[i * wanted] = 1 - output[i * classes]!
    if (wanted === 2) values[i * wanted + 1] = output[i * classes + 2]!
  }
  return values
}

/** The upper left width x height of a patch: the rest is reflection. */
function cutOut(values: Float32Array, patchWidth: number, channels: number, width: number, height: number): Float32Array {
  const row = width * channels
  const out = new Float32Array(height * row)
  for (let y = 0; y < height; y++) out.set(values.subarray(y * patchWidth * channels, y * patchWidth * channels + row), y * row)
  return out
}

function blend(tiling: TilePlan, values: readonly Float32Array[], channels: number): Float32Array {
  const blender = new TileBlender(tiling, channels)
  for (const [at, tile] of tiling.tiles.entries()) blender.add(tile, values[at]!)
  return blender.result()
}

/**
 * Probability maps of one image, at its own size: what serving and the command line call. Blocks until done.
 * @param scale what the image is scaled by for the network; its maps are brought back
 */
export function predictProbabilities(network: Network, raster: Raster, settings: PredictSettings, scale = 1): Probabilities {
  const plan = planPatches(raster, settings, scale)
  const { foreground, border } = assemble(plan, predictPatches(network, [plan], settings.test_time_augmentation)[0]!, network.classes)
  const { width, height } = raster
  const atOwnSize = (map: Float32Array): Float32Array =>
    plan.width === width && plan.height === height ? map : resizeSmooth(map, plan.width, plan.height, 1, width, height)
  return { width, height, foreground: atOwnSize(foreground), ...(border === undefined ? {} : { border: atOwnSize(border) }) }
}

/** The two maps in the form that `core/segmentation` takes. */
export function toMaps(probabilities: Probabilities): { foreground: ProbabilityMap; border: ProbabilityMap | undefined } {
  const { width, height, foreground, border } = probabilities
  return { foreground: { width, height, data: foreground }, border: border === undefined ? undefined : { width, height, data: border } }
}
