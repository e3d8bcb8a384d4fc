import sharp from 'sharp'
import { readLabels } from '../core/datasets/label-image.ts'
import { readImage } from '../core/datasets/read-image.ts'
import { stretchOf } from '../core/segmentation/normalise.ts'
import { outlinePath, outlines } from '../core/segmentation/outlines.ts'

/**
 * The image as people see it, stretched like the network's input, with the outline of every object.
 * @param image the file's bytes
 * @param labels a label PNG of the image's own size
 * @returns an 8-bit RGB PNG
 */
export async function drawOverlay(image: Uint8Array, labels: Uint8Array, name: string): Promise<Buffer> {
  const raster = await readImage(image, name)
  const { low, high } = stretchOf(raster)
  const { width, height, channels, data } = raster
  const pixels = new Uint8Array(width * height * 3)
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) {
      const value = data[p * channels + (channels >= 3 ? c : 0)] ?? 0
      pixels[p * 3 + c] = Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low))))
    }
  }
  const paths = outlines(await readLabels(labels, 'labels')).map((outline) => `<path d="${outlinePath(outline)}" fill-rule="evenodd"/>`)
  const stroke = Math.max(1, Math.min(width, height) / 400)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g fill="none" stroke="#ffd400" stroke-width="${stroke}">${paths.join('')}</g></svg>`
  return (
    sharp(pixels, { raw: { width, height, channels: 3 } })
      .composite([{ input: Buffer.from(svg) }])
      // Laying one over the other adds an opacity that is 1 everywhere.
      .removeAlpha()
      .png()
      .toBuffer()
  )
}
