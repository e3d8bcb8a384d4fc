import type { ModelSpec } from '../core/contracts/model-spec.ts'
import type { ProbabilityMap, Raster } from '../core/segmentation/image.ts'
import { normalise } from '../core/segmentation/normalise.ts'
import { resizeSmooth } from '../core/segmentation/resize.ts'
import { TileBlender, extractTile, planTiles } from '../core/segmentation/tiles.ts'
import type { TilePlan } from '../core/segmentation/tiles.ts'
import type { Network } from './network.ts'
import { tf } from './tensorflow.ts'

/** What decides how an image reaches the network. */
export type PredictSettings = Pick<ModelSpec, 'sampling' | 'image_size' | 'normalise'>

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
/** Pixels of one forward pass: 32 patches of 128 x 128. Bounds memory; larger batches are no faster. */
const PIXELS_AT_ONCE = 32 * 128 * 128

/** An image cut into (or scaled to) what the network takes: square patches of one side. */
export interface PatchPlan {
  width: number
  height: number
  side: number
  /** undefined: the whole image was scaled to side x side. */
  tiling: TilePlan | undefined
  /** side x side x 3, in -1..1. */
  patches: Float32Array[]
}

/**
 * @param raster any size; 8 or 16 bit or floating point; grey, RGB, with alpha or without
 * @returns one normalisation over the whole image, then its patches
 */
export function planPatches(raster: Raster, settings: PredictSettings): PatchPlan {
  const input = normalise(raster, settings.normalise)
  const { width, height } = raster
  if (settings.sampling === 'resize') {
    const side = settings.image_size
    return { width, height, side, tiling: undefined, patches: [resizeSmooth(input, width, height, 3, side, side)] }
  }
  const longest = Math.max(width, height)
  const side = longest <= WHOLE_UP_TO ? Math.ceil(longest / 32) * 32 : TILE
  const tiling = planTiles(width, height, side, OVERLAP)
  return { width, height, side, tiling, patches: tiling.tiles.map((tile) => extractTile(input, tiling, tile, 3)) }
}

/**
 * Runs the network over many images' patches, as many at a time as memory allows.
 * @returns for every plan, for every patch, probabilities side x side x classes
 */
export function predictPatches(network: Network, plans: readonly PatchPlan[]): Float32Array[][] {
  const outputs: Float32Array[][] = plans.map((plan) => new Array<Float32Array>(plan.patches.length))
  const bySide = new Map<number, { plan: number; patch: number }[]>()
  for (const [plan, { side, patches }] of plans.entries()) {
    const list = bySide.get(side) ?? []
    bySide.set(side, list)
    for (let patch = 0; patch < patches.length; patch++) list.push({ plan, patch })
  }
  for (const [side, list] of bySide) {
    const most = Math.max(1, Math.floor(PIXELS_AT_ONCE / (side * side)))
    for (let start = 0; start < list.length; start += most) {
      const some = list.slice(start, start + most)
      const input = new Float32Array(some.length * side * side * 3)
      for (const [at, { plan, patch }] of some.entries()) input.set(plans[plan]!.patches[patch]!, at * side * side * 3)
      const result = tf.tidy(() => network.probabilities(tf.tensor4d(input, [some.length, side, side, 3])).dataSync() as Float32Array)
      const size = side * side * network.classes
      for (const [at, { plan, patch }] of some.entries()) outputs[plan]![patch] = result.subarray(at * size, (at + 1) * size)
    }
  }
  return outputs
}

/** Puts one image's patches together at the image's own size. @param outputs side x side x classes each */
export function assemble(plan: PatchPlan, outputs: readonly Float32Array[], classes: number): Probabilities {
  const { width, height, side, tiling } = plan
  const wanted = classes === 3 ? 2 : 1
  const channels = outputs.map((output) => {
    const pixels = new Float32Array(side * side * wanted)
    for (let i = 0; i < side * side; i++) {
      pixels[i * wanted] = 1 - output[i * classes]!
      if (wanted === 2) pixels[i * wanted + 1] = output[i * classes + 2]!
    }
    return pixels
  })
  let merged: Float32Array
  if (tiling === undefined) merged = resizeSmooth(channels[0]!, side, side, wanted, width, height)
  else {
    const blender = new TileBlender(tiling, wanted)
    for (const [at, tile] of tiling.tiles.entries()) blender.add(tile, channels[at]!)
    merged = blender.result()
  }
  if (wanted === 1) return { width, height, foreground: merged }
  const foreground = new Float32Array(width * height)
  const border = new Float32Array(width * height)
  for (let i = 0; i < foreground.length; i++) {
    foreground[i] = merged[2 * i]!
    border[i] = merged[2 * i + 1]!
  }
  return { width, height, foreground, border }
}

/** Probability maps of one image: what evaluation, serving and the command line all call. Blocks until done. */
export function predictProbabilities(network: Network, raster: Raster, settings: PredictSettings): Probabilities {
  const plan = planPatches(raster, settings)
  return assemble(plan, predictPatches(network, [plan])[0]!, network.classes)
}

/** The two maps in the form that `core/segmentation` takes. */
export function toMaps(probabilities: Probabilities): { foreground: ProbabilityMap; border: ProbabilityMap | undefined } {
  const { width, height, foreground, border } = probabilities
  return { foreground: { width, height, data: foreground }, border: border === undefined ? undefined : { width, height, data: border } }
}

