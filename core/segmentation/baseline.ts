import { DEFAULT_POSTPROCESS, type Postprocess } from '../contracts/model-spec.ts'
import type { LabelMap, Mask, Raster } from './image.ts'
import { maskToInstances } from './instances.ts'
import { isColour } from './colour.ts'
import { percentilesOf } from './normalise.ts'
import { otsuThreshold } from './otsu.ts'

/**
 * The baseline that every leaderboard starts with: Otsu's threshold, then watershed. No training, no tuning.
 * Grey images are cut by intensity, coloured ones by how much light the stain takes away.
 */
export function otsuWatershed(image: Raster, settings: Postprocess = DEFAULT_POSTPROCESS): { foreground: Mask; labels: LabelMap } {
  const values = smooth(baselineChannel(image), image.width, image.height)
  const threshold = otsuThreshold(values)
  const data = new Uint8Array(values.length)
  if (threshold !== undefined) {
    const brightIsForeground = !isBackgroundBright(values, image.width, image.height, threshold)
    for (let i = 0; i < data.length; i++) data[i] = values[i]! > threshold === brightIsForeground ? 1 : 0
  }
  const foreground = { width: image.width, height: image.height, data }
  return { foreground, labels: maskToInstances(foreground, settings) }
}

/**
 * Nuclei are islands: the class that holds most of the picture's frame is background, unless it is so even that the
 * whole picture has to decide.
 */
function isBackgroundBright(values: Float32Array, width: number, height: number, threshold: number): boolean {
  let bright = 0
  for (let i = 0; i < values.length; i++) if (values[i]! > threshold) bright++
  let frame = 0
  let brightFrame = 0
  const look = (x: number, y: number): void => {
    frame++
    if (values[y * width + x]! > threshold) brightFrame++
  }
  for (let x = 0; x < width; x++) {
    look(x, 0)
    look(x, height - 1)
  }
  for (let y = 1; y < height - 1; y++) {
    look(0, y)
    look(width - 1, y)
  }
  const share = brightFrame / frame
  return Math.abs(share - 0.5) > 0.1 ? share > 0.5 : bright > values.length / 2
}

/** One value a pixel in which nuclei stand out, clipped at percentiles 0.1 and 99.9 so that a hot pixel moves no threshold. */
export function baselineChannel(image: Raster): Float32Array {
  const { data, channels } = image
  const pixels = image.width * image.height
  const out = new Float32Array(pixels)
  if (isColour(image)) {
    // Optical density of red: haematoxylin is blue to purple and takes red light away, eosin is pink and lets it pass.
    const white = Math.max(1, percentilesOf({ ...image, channels, data }, [99.5])[0]!)
    for (let p = 0, i = 0; p < pixels; p++, i += channels) out[p] = -Math.log(Math.max(data[i]!, white / 255) / white)
    return out
  }
  const colours = channels >= 3 ? 3 : 1
  for (let p = 0, i = 0; p < pixels; p++, i += channels) {
    let sum = 0
    for (let c = 0; c < colours; c++) sum += data[i + c]!
    out[p] = sum / colours
  }
  const [low, high] = percentilesOf({ width: image.width, height: image.height, channels: 1, data: out }, [0.1, 99.9]) as [number, number]
  for (let p = 0; p < pixels; p++) out[p] = Math.min(high, Math.max(low, out[p]!))
  return out
}

/** Mean over 3 x 3 pixels, edges repeated: single noisy pixels make no objects. */
function smooth(values: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(values.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      rows[i] = values[x > 0 ? i - 1 : i]! + values[i]! + values[x + 1 < width ? i + 1 : i]!
    }
  }
  const out = new Float32Array(values.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      out[i] = (rows[y > 0 ? i - width : i]! + rows[i]! + rows[y + 1 < height ? i + width : i]!) / 9
    }
  }
  return out
}
