import { readFile } from 'node:fs/promises'
import sharp, { type Metadata } from 'sharp'
import { AppError } from '../errors.ts'
import type { Raster, Samples } from '../segmentation/image.ts'

/** More pixels than this are refused from the header, before anything is decoded. */
export const MAX_PIXELS = 100_000_000

// libvips caches whole images by default; an import reads each once.
sharp.cache(false)
// One thread an image: callers read several at a time, which is faster than several threads on small ones.
sharp.concurrency(1)

export interface ReadOptions {
  /** Of an image of more than four channels (or a file whose pages are channels): which one to take, from 0. */
  channel?: number
  maxPixels?: number
}

export interface ImageHeader {
  format: 'png' | 'tiff' | 'jpeg'
  width: number
  height: number
  channels: number
  bitDepth: 1 | 8 | 16 | 32
}

type Depth = 'uchar' | 'ushort' | 'short' | 'uint' | 'int' | 'float' | 'double'
/** What a multiplexed stain or a spectral detector may have; sharp alone would stop at five. */
const MOST_CHANNELS = 256

/** What a TIFF's pages are: one image, the channels of one image, or a stack in depth or time. */
type Pages = { kind: 'single' } | { kind: 'channels'; count: number } | { kind: 'stack'; count: number }

/**
 * Decodes a PNG, TIFF or JPEG. The only decoder in Karyon: training, evaluation, serving and pages see the same samples.
 *
 * Values are kept as stored: 16 bits stay 16 bits, no colour profile, gamma or rotation is applied. Palettes become RGB,
 * one bit becomes 0 and 255, CMYK becomes RGB.
 *
 * @param source the file's bytes, or its path
 * @param name what messages call the file
 * @throws AppError INVALID_DATASET with the file's name: not decodable, too many pixels, a stack, too many channels (then
 *   `details.channels` is their number)
 */
export async function readImage(source: Uint8Array | string, name: string, options: ReadOptions = {}): Promise<Raster> {
  const bytes = await bytesOf(source, name)
  const { metadata, pages, header } = await inspect(bytes, name, options)
  if (pages.kind === 'stack') throw new AppError('INVALID_DATASET', stackMessage(name, pages.count))
  const count = pages.kind === 'channels' ? pages.count : header.channels
  // Whoever asks may offer the choice.
  const details = { channels: count }
  if (count > 4 || pages.kind === 'channels') {
    if (options.channel === undefined) {
      throw new AppError('INVALID_DATASET', `${name} has ${count} channels: say which one shows the nuclei (channel 0 to ${count - 1}).`, {
        details,
      })
    }
  }
  if (options.channel !== undefined && (options.channel < 0 || options.channel >= count)) {
    throw new AppError('INVALID_DATASET', `${name} has no channel ${options.channel}: it has 0 to ${count - 1}.`, { details })
  }
  const page = pages.kind === 'channels' ? options.channel : undefined
  const raster = await decode(bytes, name, metadata, page)
  return options.channel !== undefined && page === undefined ? takeChannel(raster, options.channel, count) : raster
}

/** Size, channels and depth from the header alone. Same errors as `readImage`, but stacks and channels are not judged. */
export async function readHeader(source: Uint8Array | string, name: string, options: ReadOptions = {}): Promise<ImageHeader> {
  return (await inspect(await bytesOf(source, name), name, options)).header
}

async function bytesOf(source: Uint8Array | string, name: string): Promise<Uint8Array> {
  if (typeof source !== 'string') return source
  try {
    return await readFile(source)
  } catch (cause) {
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `${name} cannot be read from ${source}.`, { cause })
  }
}

async function inspect(
  bytes: Uint8Array,
  name: string,
  options: ReadOptions,
): Promise<{ metadata: Metadata; pages: Pages; header: ImageHeader }> {
  const format = formatOf(bytes)
  if (format === undefined) {
    throw new AppError('INVALID_DATASET', `${name} is no PNG, TIFF or JPEG image. Export it as PNG or TIFF.`)
  }
  let metadata: Metadata
  try {
    metadata = await sharp(bytes, { limitInputPixels: false, limitInputChannels: MOST_CHANNELS, failOn: 'error' }).metadata()
  } catch (cause) {
    throw undecodable(name, cause)
  }
  const { width, height } = metadata
  const limit = options.maxPixels ?? MAX_PIXELS
  if (width * height > limit) {
    throw new AppError(
      'INVALID_DATASET',
      `${name} is ${width}x${height}, more than ${Math.round(limit / 1e6)} megapixels. Cut it into smaller tiles.`,
    )
  }
  const depth = metadata.depth as Depth
  const bitDepth =
    metadata.bitsPerSample === 1 && !metadata.isPalette ? 1 : depth === 'uchar' ? 8 : depth === 'ushort' || depth === 'short' ? 16 : 32
  return { metadata, pages: pagesOf(bytes, metadata), header: { format, width, height, channels: metadata.channels, bitDepth } }
}

/** By the first bytes: a file's name says nothing. */
function formatOf(bytes: Uint8Array): ImageHeader['format'] | undefined {
  const starts = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte)
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'png'
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg'
  if (starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a) || starts(0x49, 0x49, 0x2b, 0) || starts(0x4d, 0x4d, 0, 0x2b))
    return 'tiff'
  return undefined
}

function pagesOf(bytes: Uint8Array, metadata: Metadata): Pages {
  if (metadata.format !== 'tiff') return { kind: 'single' }
  const pages = metadata.pages ?? 1
  // ImageJ writes what its planes mean into the first page; a file of over 4 GB has one page and many planes.
  const text = imageJDescription(bytes)
  const planes = Math.max(pages, numberAfter(text, 'images='))
  if (planes <= 1) return { kind: 'single' }
  return numberAfter(text, 'channels=') === planes && pages === planes
    ? { kind: 'channels', count: planes }
    : { kind: 'stack', count: planes }
}

function imageJDescription(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = buffer.indexOf('ImageJ=')
  return at === -1 ? '' : buffer.toString('latin1', at, at + 400)
}

function numberAfter(text: string, key: string): number {
  const at = text.indexOf(key)
  return at === -1 ? 0 : Number.parseInt(text.slice(at + key.length), 10) || 0
}

function stackMessage(name: string, count: number): string {
  return `${name} is a stack of ${count} planes. Export single 2-D images: one plane, or a projection (in Fiji: Image > Stacks > Z Project, then File > Save As > Tiff).`
}

async function decode(bytes: Uint8Array, name: string, metadata: Metadata, page: number | undefined): Promise<Raster> {
  const depth = metadata.depth as Depth
  // Microscopes write tags that libtiff warns of: a warning is no damage.
  let pipeline = sharp(bytes, {
    limitInputPixels: false,
    limitInputChannels: MOST_CHANNELS,
    ignoreIcc: true,
    sequentialRead: true,
    failOn: 'error',
    ...(page === undefined ? {} : { page }),
  })
  // Asked for its own space an image is not converted, so its values survive; sharp would make 8-bit sRGB of everything.
  const space = metadata.space
  // Except 8-bit grey with further channels, of which nothing but the grey would be left.
  const further = depth === 'uchar' && metadata.channels > 4
  if (!further && (space === 'b-w' || space === 'grey16' || space === 'rgb16')) pipeline = pipeline.toColourspace(space)
  else if (depth !== 'uchar' && metadata.channels >= 3) pipeline = pipeline.toColourspace(depth === 'ushort' ? 'rgb16' : 'srgb')
  try {
    const { data, info } = await pipeline.raw({ depth: rawDepth(depth) }).toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, channels: info.channels, data: samplesOf(data, depth) }
  } catch (cause) {
    throw undecodable(name, cause)
  }
}

function rawDepth(depth: Depth): 'uchar' | 'ushort' | 'float' {
  return depth === 'uchar' ? 'uchar' : depth === 'ushort' ? 'ushort' : 'float'
}

function samplesOf(data: Buffer, depth: Depth): Samples {
  if (depth === 'uchar') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  // sharp's buffers may start at an odd offset, on which no wider view is possible.
  const own = data.byteOffset % 4 === 0 ? data : Buffer.from(data)
  const { buffer, byteOffset, byteLength } =
    own.byteOffset % 4 === 0 ? own : { buffer: new Uint8Array(data).buffer, byteOffset: 0, byteLength: data.byteLength }
  return depth === 'ushort' ? new Uint16Array(buffer, byteOffset, byteLength / 2) : new Float32Array(buffer, byteOffset, byteLength / 4)
}

/** @param count channels of the file: where there are more now, its first, grey, has become three equal ones */
function takeChannel(raster: Raster, channel: number, count: number): Raster {
  if (raster.channels === 1) return raster
  const at = channel === 0 ? 0 : channel + Math.max(0, raster.channels - count)
  const pixels = raster.width * raster.height
  const data = raster.data.slice(0, pixels)
  for (let p = 0; p < pixels; p++) data[p] = raster.data[p * raster.channels + at]!
  return { width: raster.width, height: raster.height, channels: 1, data }
}

function undecodable(name: string, cause: unknown): AppError {
  const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '').trim() : ''
  return new AppError(
    'INVALID_DATASET',
    `${name} cannot be decoded${why === '' ? '' : ` (${why})`}. The file is damaged or of an unusual kind: export it again as PNG or TIFF.`,
    { cause },
  )
}

/** PNG of a raster: 8 or 16 bit as the samples are, any of 1 to 4 channels. Floating point is not possible. */
export async function writeImage(raster: Raster): Promise<Buffer> {
  const { width, height, data } = raster
  const channels = raster.channels as 1 | 2 | 3 | 4
  if (data instanceof Float32Array) throw new AppError('BAD_REQUEST', 'A PNG holds 8 or 16 bits: convert floating-point samples first.')
  const wide = data instanceof Uint16Array
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels <= 2 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb')
    .png({ compressionLevel: 6 })
    .toBuffer()
}
