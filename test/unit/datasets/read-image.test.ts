import sharp, { type SharpOptions } from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeGreyPng } from '../../../core/datasets/grey-png.ts'
import { readLabels, readMask, writeLabels } from '../../../core/datasets/label-image.ts'
import { readHeader, readImage, writeImage } from '../../../core/datasets/read-image.ts'
import { seededRandom } from '../../../core/segmentation/random.ts'
import { png, png16, pngClaiming, tiff } from '../../helpers/image-files.ts'

const sixteen = [0, 1, 255, 256, 4095, 65535]

describe('reading images', () => {
  it('keeps the values of 8-bit grey, RGB and RGBA', async () => {
    expect(await readImage(await png(3, 1, [0, 7, 255]), 'a.png')).toEqual({
      width: 3,
      height: 1,
      channels: 1,
      data: Uint8Array.from([0, 7, 255]),
    })
    const rgb = [1, 2, 3, 250, 128, 7]
    expect((await readImage(await png(2, 1, rgb, 3), 'a.png')).data).toEqual(Uint8Array.from(rgb))
    const rgba = [1, 2, 3, 0, 250, 128, 7, 128]
    expect(await readImage(await png(2, 1, rgba, 4), 'a.png')).toEqual({ width: 2, height: 1, channels: 4, data: Uint8Array.from(rgba) })
  })

  it('keeps the values of 16 bits, grey and RGB, PNG and TIFF', async () => {
    expect((await readImage(await png16(3, 2, sixteen), 'a.png')).data).toEqual(Uint16Array.from(sixteen))
    expect((await readImage(tiff(3, 2, sixteen, 'uint16'), 'a.tif')).data).toEqual(Uint16Array.from(sixteen))
    const rgb = await sharp(Uint16Array.from(sixteen), { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    expect(await readImage(rgb, 'a.png')).toEqual({ width: 2, height: 1, channels: 3, data: Uint16Array.from(sixteen) })
    expect((await readImage(tiff(2, 1, sixteen, 'uint16', { channels: 3 }), 'a.tif')).data).toEqual(Uint16Array.from(sixteen))
  })

  it('reads floating point, one bit, palettes and JPEG', async () => {
    expect((await readImage(tiff(2, 1, [0.25, 70000.5], 'float32'), 'a.tif')).data).toEqual(Float32Array.from([0.25, 70000.5]))
    const palette = await sharp(Buffer.from([255, 0, 0, 0, 0, 255]), { raw: { width: 2, height: 1, channels: 3 } })
      .png({ palette: true })
      .toBuffer()
    expect(Array.from((await readImage(palette, 'p.png')).data)).toEqual([255, 0, 0, 0, 0, 255])
    const bilevel = await sharp(Buffer.from([0, 255, 255, 0, 255, 0, 0, 255]), { raw: { width: 8, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, compression: 'none' })
      .toBuffer()
    const read = await readImage(bilevel, 'b.tif')
    expect([read.channels, ...read.data]).toEqual([1, 0, 255, 255, 0, 255, 0, 0, 255])
    const jpeg = await sharp({ create: { width: 16, height: 8, channels: 3, background: { r: 200, g: 30, b: 90 } } })
      .jpeg({ quality: 100 })
      .toBuffer()
    expect(await readHeader(jpeg, 'j.jpg')).toEqual({ format: 'jpeg', width: 16, height: 8, channels: 3, bitDepth: 8 })
    expect((await readImage(jpeg, 'j.jpg')).data[0]).toBeGreaterThan(190)
  })

  it('applies neither a colour profile nor a rotation', async () => {
    const tagged = await sharp(Buffer.from([10, 20, 30, 200, 100, 50]), { raw: { width: 2, height: 1, channels: 3 } })
      .withIccProfile('p3')
      .withMetadata({ orientation: 6, icc: 'p3' })
      .png()
      .toBuffer()
    const plain = await sharp(tagged, { ignoreIcc: true } as SharpOptions)
      .raw()
      .toBuffer()
    const read = await readImage(tagged, 'tagged.png')
    expect([read.width, read.height]).toEqual([2, 1])
    expect(Array.from(read.data)).toEqual(Array.from(plain))
  })

  it('refuses a pixel bomb from its header', async () => {
    await expect(readImage(await pngClaiming(60_000, 60_000), 'bomb.png')).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringMatching(/bomb\.png is 60000x60000, more than 100 megapixels/) as string,
    })
  })

  it('refuses stacks and says what to export', async () => {
    await expect(readImage(tiff(2, 2, [1, 2, 3, 4], 'uint8', { pages: 5 }), 'z.tif')).rejects.toThrow(
      /z\.tif is a stack of 5 planes.*Z Project/,
    )
    // ImageJ's way for files of over 4 GB: one directory, many planes.
    await expect(
      readImage(tiff(2, 2, [1, 2, 3, 4], 'uint8', { description: 'ImageJ=1.53t\nimages=40\nslices=40\n' }), 'big.tif'),
    ).rejects.toThrow(/stack of 40 planes/)
  })

  it('asks for a channel of many and takes it', async () => {
    const many = tiff(2, 1, [1, 2, 3, 4, 5, 11, 12, 13, 14, 15], 'uint16', { channels: 5 })
    await expect(readImage(many, 'm.tif')).rejects.toThrow(/m\.tif has 5 channels.*0 to 4/)
    expect(await readImage(many, 'm.tif', { channel: 3 })).toEqual({ width: 2, height: 1, channels: 1, data: Uint16Array.from([4, 14]) })
    for (const channels of [5, 7]) {
      const samples = Array.from({ length: 2 * channels }, (_, i) => i)
      const eight = tiff(2, 1, samples, 'uint8', { channels })
      const wide = tiff(2, 1, samples, 'uint16', { channels })
      for (const channel of [0, 2, channels - 1]) {
        const expected = { width: 2, height: 1, channels: 1 }
        expect(await readImage(eight, 'e.tif', { channel })).toEqual({ ...expected, data: Uint8Array.from([channel, channels + channel]) })
        expect(await readImage(wide, 'w.tif', { channel })).toEqual({ ...expected, data: Uint16Array.from([channel, channels + channel]) })
      }
    }
    await expect(readImage(many, 'm.tif', { channel: 9 })).rejects.toThrow(/no channel 9/)
    const planes = tiff(2, 1, [7, 8], 'uint8', { pages: 2, description: 'ImageJ=1.53t\nimages=2\nchannels=2\n' })
    await expect(readImage(planes, 'c.tif')).rejects.toThrow(/2 channels/)
    expect((await readImage(planes, 'c.tif', { channel: 1 })).data).toEqual(Uint8Array.from([7, 8]))
  })

  it('names what is damaged or no image', async () => {
    const whole = await png(
      64,
      64,
      new Uint8Array(4096).map((_, i) => (i * 7919) % 251),
    )
    await expect(readImage(whole.subarray(0, whole.length - 900), 'cut.png')).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringContaining('cut.png cannot be decoded') as string,
    })
    await expect(readImage(Buffer.from('GIF89a'), 'a.gif')).rejects.toThrow(/a\.gif is no PNG, TIFF or JPEG/)
    await expect(readImage(Buffer.alloc(0), 'empty.png')).rejects.toThrow(/empty\.png is no PNG/)
    await expect(readImage('/no/such/file.png', 'file.png')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('writes what it reads', async () => {
    const raster = { width: 3, height: 2, channels: 1, data: Uint16Array.from(sixteen) }
    expect(await readImage(await writeImage(raster), 'x')).toEqual(raster)
  })
})

describe('reading labels', () => {
  it('takes 8, 16 and 32 bits and whole floating-point numbers', async () => {
    expect((await readLabels(await png(3, 1, [0, 1, 200]), 'l')).data).toEqual(Uint16Array.from([0, 1, 200]))
    expect((await readLabels(await png16(3, 1, [0, 300, 65535]), 'l')).data).toEqual(Uint16Array.from([0, 300, 65535]))
    expect((await readLabels(tiff(3, 1, [0, 70000, 100001], 'uint32'), 'l')).data).toEqual(Uint32Array.from([0, 70000, 100001]))
    expect((await readLabels(tiff(3, 1, [0, 1, 2], 'float32'), 'l')).data).toEqual(Uint32Array.from([0, 1, 2]))
    expect((await readLabels(await png(2, 1, [0, 0, 0, 5, 5, 5], 3), 'l')).data).toEqual(Uint16Array.from([0, 5]))
  })

  it('refuses colours and fractions', async () => {
    await expect(readLabels(await png(2, 1, [0, 0, 0, 5, 9, 5], 3), 'm.png')).rejects.toThrow(/m\.png is coloured/)
    await expect(readLabels(tiff(2, 1, [0, 0.5], 'float32'), 'm.tif')).rejects.toThrow(/m\.tif holds 0\.5/)
  })

  it('writes 16 bits and reads them back', async () => {
    const labels = { width: 2, height: 2, data: Uint16Array.from([0, 1, 300, 65535]) }
    expect(await readLabels(await writeLabels(labels), 'l')).toEqual(labels)
    const large = { width: 2, height: 1, data: Uint32Array.from([0, 70000]) }
    expect((await readLabels(await writeLabels(large), 'l')).data).toEqual(Uint16Array.from([0, 1]))
  })
})

describe('reading masks', () => {
  it('equals the full decoder for every filter', async () => {
    const random = seededRandom(5)
    const data = Uint8Array.from({ length: 61 * 47 }, (_, i) => (i < 61 * 10 || i > 61 * 40 ? 0 : random() < 0.4 ? 255 : i % 60))
    for (const adaptiveFiltering of [false, true]) {
      const bytes = await sharp(data, { raw: { width: 61, height: 47, channels: 1 } })
        .toColourspace('b-w')
        .png({ adaptiveFiltering })
        .toBuffer()
      const grey = decodeGreyPng(bytes, 1e6)
      expect(grey?.data).toEqual(data)
      expect(grey?.firstRow).toBe(10)
    }
  })

  it('leaves what is unusual or damaged to the full decoder', async () => {
    const bytes = await png(4, 4, new Uint8Array(16).fill(9))
    expect(decodeGreyPng(bytes, 1e6)?.data).toEqual(new Uint8Array(16).fill(9))
    expect(decodeGreyPng(bytes, 15)).toBeUndefined()
    expect(decodeGreyPng(bytes.subarray(0, bytes.length - 20), 1e6)).toBeUndefined()
    expect(decodeGreyPng(await png(2, 1, [1, 2, 3, 4, 5, 6], 3), 1e6)).toBeUndefined()
    expect(decodeGreyPng(await png16(1, 1, [5]), 1e6)).toBeUndefined()
  })

  it('takes 0 and 1, 0 and 255, 16 bits and RGBA', async () => {
    expect((await readMask(await png(3, 1, [0, 1, 0]), 'm')).data).toEqual(Uint8Array.from([0, 1, 0]))
    expect((await readMask(await png(3, 1, [0, 255, 100]), 'm')).data).toEqual(Uint8Array.from([0, 1, 0]))
    expect((await readMask(await png16(3, 1, [0, 1, 0]), 'm')).data).toEqual(Uint8Array.from([0, 1, 0]))
    expect((await readMask(await png(2, 1, [0, 0, 0, 255, 255, 255, 255, 255], 4), 'm')).data).toEqual(Uint8Array.from([0, 1]))
    expect((await readMask(await png(2, 1, [0, 0]), 'm')).data).toEqual(Uint8Array.from([0, 0]))
  })
})
