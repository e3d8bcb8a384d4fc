import { DEFAULT_POSTPROCESS, type Postprocess } from '@/core/contracts/model-spec.ts'
import { type LabelMap, type Mask, type ProbabilityMap, labelsToMask, thresholdMask } from '@/core/segmentation/image.ts'
import { probabilityToInstances } from '@/core/segmentation/instances.ts'
import { type Outline, outlines } from '@/core/segmentation/outlines.ts'
import { resizeProbability } from '@/core/segmentation/resize.ts'
import { PROBABILITY_RAMP } from './palette.ts'

/** Pixels of a tile's three kinds, as one alpha byte a pixel (0 or 255), and the outline of what is right. */
export interface ErrorLayers {
  width: number
  height: number
  falsePositive: Uint8Array
  falseNegative: Uint8Array
  agreed: Outline[]
}

/** Where a thresholded map and the truth differ; the map is scaled to the truth's size first. */
export function errorLayers(map: ProbabilityMap, truth: LabelMap, threshold = DEFAULT_POSTPROCESS.threshold): ErrorLayers {
  const { width, height } = truth
  const predicted = thresholdMask(resizeProbability(map, width, height), threshold)
  const real = labelsToMask(truth)
  const falsePositive = new Uint8Array(width * height)
  const falseNegative = new Uint8Array(width * height)
  const both = new Uint16Array(width * height)
  for (let i = 0; i < both.length; i++) {
    const p = predicted.data[i]
    if (real.data[i] === 1) {
      if (p === 1) both[i] = 1
      else falseNegative[i] = 255
    } else if (p === 1) falsePositive[i] = 255
  }
  return { width, height, falsePositive, falseNegative, agreed: outlines({ width, height, data: both }) }
}

/** RGBA pixels of the probability overlay, row by row. */
export function probabilityPixels(map: ProbabilityMap): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(map.data.length * 4)
  for (let i = 0; i < map.data.length; i++) {
    const at = Math.round((map.data[i] ?? 0) * 255) * 4
    for (let c = 0; c < 4; c++) out[i * 4 + c] = PROBABILITY_RAMP[at + c] ?? 0
  }
  return out
}

/** RGBA pixels of a mask of one colour. */
export function tintPixels(
  mask: Mask | { data: Uint8Array },
  [r, g, b]: readonly [number, number, number],
  alpha: number,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(mask.data.length * 4)
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] === 0) continue
    out[i * 4] = r
    out[i * 4 + 1] = g
    out[i * 4 + 2] = b
    out[i * 4 + 3] = alpha
  }
  return out
}

/** Settings for a map that is `scale` times its image's size: areas shrink by the square, distances by the side. */
export function postprocessAtScale(settings: Postprocess, scale: number): Postprocess {
  return {
    threshold: settings.threshold,
    min_area: Math.max(1, Math.round(settings.min_area * scale * scale)),
    seed_distance: Math.max(1, settings.seed_distance * scale),
  }
}

/** Outlines of the objects in a stored map. @param imageWidth the image's own width, to scale the settings by */
export function predictedOutlines(
  map: ProbabilityMap,
  imageWidth: number,
  settings: Postprocess = DEFAULT_POSTPROCESS,
  border?: ProbabilityMap,
): Outline[] {
  const scaled = postprocessAtScale(settings, map.width / imageWidth)
  const borderData = border === undefined ? undefined : resizeProbability(border, map.width, map.height).data
  return outlines(probabilityToInstances(map.data, map.width, map.height, scaled, borderData))
}

/** The two bytes-per-pixel label file of GET images/{id}/labels: u16 width, u16 height, then u16 labels, little-endian. */
export function decodeLabels(buffer: ArrayBuffer): LabelMap {
  const view = new DataView(buffer)
  if (buffer.byteLength < 4) throw new Error('The label file is cut short.')
  const width = view.getUint16(0, true)
  const height = view.getUint16(2, true)
  if (buffer.byteLength !== 4 + width * height * 2) throw new Error(`The label file does not hold ${width} x ${height} labels.`)
  const data = new Uint16Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = view.getUint16(4 + i * 2, true)
  return { width, height, data }
}
