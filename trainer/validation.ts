import type { LabelMap, Raster } from '../core/segmentation/image.ts'
import { resizeLabels } from '../core/segmentation/resize.ts'
import { reflect } from '../core/segmentation/tiles.ts'
import { planPatches } from '../networks/predict.ts'
import type { PatchPlan, PredictSettings } from '../networks/predict.ts'
import { forEachOf, keptOrMade } from './data.ts'
import type { DataImage } from './data.ts'
import { truthOf } from './truth.ts'
import type { Task, Truth } from './truth.ts'

/** An image of the validation side, as often as it is needed. */
export interface ValidationImage {
  image: DataImage
  labels: LabelMap
  plan(): PatchPlan
  /** What the loss compares one of the plan's patches with. */
  patchTruth(patch: number): Truth
}

export interface Validation {
  count: number
  get(index: number): Promise<ValidationImage>
}

/** Decoded images and their patches kept in memory; the rest are read again each epoch. */
const CACHE_BYTES = 2 * 2 ** 30

/** The side that a run is judged on, in the network's geometry, kept in memory as far as it fits. */
export async function prepareValidation(
  images: readonly DataImage[],
  settings: PredictSettings,
  task: Task,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Validation> {
  const kept = new Map<number, ValidationImage>()
  let held = 0
  const read = async (index: number): Promise<ValidationImage> => {
    const image = images[index]!
    const { raster, labels } = await keptOrMade(image, 'as decoded', () => image.read())
    return toValidationImage(image, raster, labels, settings, task)
  }
  await forEachOf(
    images.length,
    async (index) => {
      const { width, height } = images[index]!
      const size = settings.sampling === 'resize' ? settings.image_size ** 2 * 13 + width * height * 2 : width * height * 16
      if (held + size > CACHE_BYTES) return
      held += size
      kept.set(index, await read(index))
    },
    onProgress,
    signal,
  )
  return { count: images.length, get: async (index) => kept.get(index) ?? read(index) }
}

function toValidationImage(image: DataImage, raster: Raster, labels: LabelMap, settings: PredictSettings, task: Task): ValidationImage {
  let plan: PatchPlan | undefined
  const truths = new Map<number, Truth>()
  const planOnce = (): PatchPlan => (plan ??= planPatches(raster, settings))
  return {
    image,
    labels,
    plan: planOnce,
    patchTruth(patch) {
      const known = truths.get(patch)
      if (known !== undefined) return known
      const made = truthOf(patchLabels(labels, planOnce(), patch), task)
      truths.set(patch, made)
      return made
    },
  }
}

/** Truth of one patch: scaled with the image, or cut from it and mirrored past its edge as the image is. */
function patchLabels(labels: LabelMap, plan: PatchPlan, patch: number): LabelMap {
  const { patchWidth, patchHeight, tiling } = plan
  const tile = tiling?.tiles[patch]
  if (tile === undefined) return resizeLabels(labels, patchWidth, patchHeight)
  const data = new Uint32Array(patchWidth * patchHeight)
  for (let y = 0, i = 0; y < patchHeight; y++) {
    const row = reflect(tile.y + y, labels.height) * labels.width
    for (let x = 0; x < patchWidth; x++, i++) data[i] = labels.data[row + reflect(tile.x + x, labels.width)]!
  }
  return { width: patchWidth, height: patchHeight, data }
}
