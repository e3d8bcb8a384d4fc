import type { Raster } from './image.ts'

/**
 * Whether an image has colour, rather than grey stored in three channels: the mean difference between its greatest and
 * least channel is above 2 % of its brightest sample.
 */
export function isColour(image: Raster): boolean {
  if (image.channels < 3) return false
  const { data, channels } = image
  let spread = 0
  let most = 0
  const pixels = image.width * image.height
  for (let p = 0, i = 0; p < pixels; p++, i += channels) {
    const r = data[i]!
    const g = data[i + 1]!
    const b = data[i + 2]!
    const high = Math.max(r, g, b)
    if (high > most) most = high
    spread += high - Math.min(r, g, b)
  }
  return most > 0 && spread / pixels > 0.02 * most
}
