import { isColour } from '../segmentation/colour.ts'
import type { Raster } from '../segmentation/image.ts'
import { stretchOf } from '../segmentation/normalise.ts'

export const GUESSED_STRATA = ['fluorescence', 'histology', 'brightfield'] as const
export type GuessedStratum = (typeof GUESSED_STRATA)[number]

/**
 * A guess at how an image was taken, labelled as one wherever it shows: coloured is histology; grey is brightfield when
 * its mean lies in the upper half of its range (a lit background), else fluorescence.
 */
export function guessStratum(image: Raster): GuessedStratum {
  if (isColour(image)) return 'histology'
  const { low, high } = stretchOf(image)
  const { data, channels } = image
  let sum = 0
  const pixels = image.width * image.height
  for (let p = 0, i = 0; p < pixels; p++, i += channels) sum += data[i]!
  return (sum / pixels - low) / (high - low) > 0.5 ? 'brightfield' : 'fluorescence'
}
