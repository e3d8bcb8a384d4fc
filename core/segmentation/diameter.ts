import type { ModelSpec, Postprocess } from '../contracts/model-spec.ts'
import { AppError } from '../errors.ts'

/** What a model knows of sizes. */
export type SizeSpec = Pick<ModelSpec, 'sampling' | 'image_size' | 'trained_diameters'>

/** An image is shrunk or enlarged by this at most: beyond, there is nothing left of its nuclei, or nothing but blur. */
export const MOST_SCALE = 8
/** A median this far outside the middle four fifths of the trained sizes is a size that a network has hardly seen. */
const FAR = 1.5

/**
 * What an image is scaled by so that its nuclei reach the network as large as those it was trained on.
 * @param diameter of a typical nucleus in the image, pixels; undefined: the image is taken as it is
 * @throws AppError INVALID_PARAMETER_VALUE where the model does not see images at their own scale, does not know its
 *   nuclei's size, or the image would be scaled too far or become larger than `mostPixels`
 */
export function diameterScale(
  spec: SizeSpec,
  diameter: number | undefined,
  image: { width: number; height: number },
  mostPixels: number,
): number {
  if (diameter === undefined) return 1
  const { p50 } = spec.trained_diameters
  if (spec.sampling === 'resize') {
    throw invalid(
      `this model sees every image as ${spec.image_size} x ${spec.image_size} pixels, whatever its size, so that a diameter changes nothing. Leave it out, or use a model trained with sampling crop.`,
    )
  }
  if (p50 <= 0) throw invalid('this model does not know the size of the nuclei it was trained on. Leave it out.')
  const scale = p50 / diameter
  if (!(scale >= 1 / MOST_SCALE && scale <= MOST_SCALE)) {
    throw invalid(
      `${shown(diameter)} pixels would scale the image by ${shown(scale)}, since the model was trained on nuclei of ${shown(p50)} pixels. It takes ${shown(p50 / MOST_SCALE)} to ${shown(p50 * MOST_SCALE)}.`,
    )
  }
  const { width, height } = scaledSize(image, scale)
  if (width * height > mostPixels) {
    const least = p50 / Math.sqrt(mostPixels / (image.width * image.height))
    throw invalid(
      `${shown(diameter)} pixels would make the image ${width} x ${height} pixels large, more than ${Math.floor(mostPixels / 1e6)} million. It takes ${shown(Math.ceil(least * 10) / 10)} and more; or cut the image into parts.`,
    )
  }
  return scale
}

/** Whole pixels, at least one. */
export function scaledSize({ width, height }: { width: number; height: number }, scale: number): { width: number; height: number } {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A model's own settings in the pixels of an image that is scaled by `scale` for it: they mean sizes of nuclei. */
export function scaledPostprocess(settings: Postprocess, scale: number): Postprocess {
  return {
    threshold: settings.threshold,
    min_area: Math.round(settings.min_area / scale ** 2),
    seed_distance: Math.max(1, settings.seed_distance / scale),
  }
}

/**
 * Says when the nuclei that were found are of a size that the model was not trained on, and which diameter to pass.
 * @param median diameter of the nuclei found, in pixels of the image
 * @param scale that the image was scaled by
 */
export function sizeWarning(
  { sampling, image_size: side, trained_diameters: trained }: SizeSpec,
  median: number,
  scale: number,
): string | null {
  const { p10, p50, p90 } = trained
  const seen = median * scale
  if (p50 <= 0 || (seen >= p10 / FAR && seen <= p90 * FAR)) return null
  const measured = `The nuclei found measure ${shown(median)} pixels across (median)${scale === 1 ? '' : `, which are ${shown(seen)} once scaled`}; the model was trained on ${shown(p10)} to ${shown(p90)}.`
  if (sampling === 'resize')
    return `${measured} It sees every image as ${side} x ${side} pixels: cut or pad the image to what it was trained on, or use a model trained with sampling crop.`
  const wanted = Math.min(p50 * MOST_SCALE, Math.max(p50 / MOST_SCALE, median))
  return `${measured} Pass diameter ${shown(wanted)} if that is their true size.`
}

function invalid(message: string): AppError {
  return new AppError('INVALID_PARAMETER_VALUE', `diameter: ${message}`, { details: { fields: { diameter: message } } })
}

/** Three digits, which is more than anyone measures. */
function shown(value: number): string {
  return String(Number(value.toPrecision(3)))
}
