import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { previewUpload } from '../../../core/datasets/preview-upload.ts'
import { tiff } from '../../helpers/image-files.ts'

/** A dark 16-bit field of which one corner is bright: what a browser cannot draw. */
async function field16(width: number, height: number): Promise<Buffer> {
  const data = new Uint16Array(width * height).fill(100)
  for (let y = 0; y < height / 2; y++) for (let x = 0; x < width / 2; x++) data[y * width + x] = 4000
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .tiff({ compression: 'lzw' })
    .toBuffer()
}

describe('the preview of a person’s own image', () => {
  it('shows a 16-bit TIFF stretched to what a screen can show, at the size asked for', async () => {
    const preview = await previewUpload(await field16(400, 200), 'field.tif', 100)
    const { data, info } = await sharp(preview).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([100, 50])
    expect(data[0]).toBeGreaterThan(240)
    expect(data[(49 * 100 + 99) * info.channels]).toBeLessThan(15)
  })

  it('shows the channel asked for of an image of many, and says how many there are', async () => {
    const samples = Array.from({ length: 64 }, (_, i) => [0, 0, 0, 0, i < 32 ? 0 : 200]).flat()
    const five = tiff(8, 8, samples, 'uint8', { channels: 5 })
    await expect(previewUpload(five, 'many.tif', 100)).rejects.toMatchObject({ code: 'INVALID_DATASET', details: { channels: 5 } })
    await expect(previewUpload(five, 'many.tif', 100, 5)).rejects.toMatchObject({ details: { channels: 5 } })
    const { data } = await sharp(await previewUpload(five, 'many.tif', 100, 4))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(data[0]).toBeLessThan(15)
    expect(data.at(-1)).toBeGreaterThan(240)
  })

  it('names a file that is damaged, empty or no image', async () => {
    const whole = await field16(64, 64)
    await expect(previewUpload(whole.subarray(0, 60), 'cut.tif', 100)).rejects.toThrow('cut.tif')
    await expect(previewUpload(new Uint8Array(0), 'nothing.png', 100)).rejects.toThrow('nothing.png is empty')
    await expect(previewUpload(Buffer.from('hello'), 'letter.png', 100)).rejects.toThrow('letter.png')
  })
})
