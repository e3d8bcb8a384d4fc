import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { ZipFile } from 'yazl'

export type Files = Record<string, Uint8Array>

/** Packs files into a zip. `mode`: Unix permissions and type of an entry, e.g. 0o120777 for a symbolic link. */
export async function writeZip(path: string, files: Files, modes: Record<string, number> = {}): Promise<string> {
  const zip = new ZipFile()
  for (const [name, bytes] of Object.entries(files))
    zip.addBuffer(Buffer.from(bytes), name, { mtime: new Date(0), ...(modes[name] === undefined ? {} : { mode: modes[name] }) })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

export async function writeFolder(root: string, files: Files): Promise<string> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), bytes)
  }
  return root
}

/** 8-bit PNG of 1, 3 or 4 channels. */
export function png(width: number, height: number, data: ArrayLike<number>, channels: 1 | 3 | 4 = 1): Promise<Buffer> {
  const image = sharp(Uint8Array.from(data), { raw: { width, height, channels } })
  return (channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer()
}

/** 16-bit grey PNG. */
export function png16(width: number, height: number, data: ArrayLike<number>): Promise<Buffer> {
  return sharp(Uint16Array.from(data), { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer()
}

/** A valid PNG that claims another size: what a pixel bomb looks like to whoever reads its header. */
export async function pngClaiming(width: number, height: number): Promise<Buffer> {
  const bytes = await png(1, 1, [0])
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
  return bytes
}

export type TiffKind = 'uint8' | 'uint16' | 'uint32' | 'float32'

/**
 * Uncompressed little-endian TIFF, samples interleaved.
 * @param pages how many directories show the same samples: more than one makes a stack
 * @param description ImageJ writes what the planes mean there
 */
export function tiff(
  width: number,
  height: number,
  data: ArrayLike<number>,
  kind: TiffKind,
  options: { channels?: number; pages?: number; description?: string } = {},
): Buffer {
  const channels = options.channels ?? 1
  const pages = options.pages ?? 1
  const samples = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array }[kind].from(data as never)
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  const text = Buffer.from(`${options.description ?? ''}\0`, 'latin1')
  const dataAt = 8
  const textAt = dataAt + bytes.length
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])
  const parts = [header, bytes, text]
  let at = textAt + text.length
  header.writeUInt32LE(at, 4)
  for (let page = 0; page < pages; page++) {
    const entries: [tag: number, type: 2 | 3 | 4, count: number, value: number][] = [
      [256, 3, 1, width],
      [257, 3, 1, height],
      [258, 3, 1, samples.BYTES_PER_ELEMENT * 8],
      [259, 3, 1, 1],
      [262, 3, 1, channels === 3 ? 2 : 1],
      ...(options.description === undefined ? [] : ([[270, 2, text.length, textAt]] as [number, 2, number, number][])),
      [273, 4, 1, dataAt],
      [277, 3, 1, channels],
      [278, 3, 1, height],
      [279, 4, 1, bytes.length],
      [339, 3, 1, kind === 'float32' ? 3 : 1],
    ]
    const directory = Buffer.alloc(2 + 12 * entries.length + 4)
    directory.writeUInt16LE(entries.length, 0)
    entries.forEach(([tag, type, count, value], i) => {
      directory.writeUInt16LE(tag, 2 + 12 * i)
      directory.writeUInt16LE(type, 4 + 12 * i)
      directory.writeUInt32LE(count, 6 + 12 * i)
      if (type === 3) directory.writeUInt16LE(value, 10 + 12 * i)
      else directory.writeUInt32LE(value, 10 + 12 * i)
    })
    at += directory.length
    directory.writeUInt32LE(page + 1 < pages ? at : 0, 2 + 12 * entries.length)
    parts.push(directory)
  }
  return Buffer.concat(parts)
}
