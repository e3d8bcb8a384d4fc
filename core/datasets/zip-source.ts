import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib'
import yauzl, { type Entry } from 'yauzl'
import { AppError } from '../errors.ts'
import { MAX_FILES, type Source } from './source.ts'

/** What an archive may unpack to. A dataset of images hardly shrinks; a bomb shrinks a thousandfold. */
export const ZIP_LIMITS = {
  entries: MAX_FILES,
  entryBytes: 1 << 30,
  totalBytes: 200 * 2 ** 30,
  /** Unpacked to packed, judged from 512 MiB on: below that nothing is endangered. */
  ratio: 100,
  ratioFrom: 512 * 2 ** 20,
}

const inflate = promisify(inflateRaw) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

/**
 * Opens a zip archive: every entry is judged before the first is read.
 * @throws AppError INVALID_DATASET: damaged, encrypted, a path that climbs out, a link, or too large unpacked
 */
export async function openZip(path: string, limits: typeof ZIP_LIMITS = ZIP_LIMITS): Promise<Source> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: false }).catch((cause: unknown) => {
    throw damaged(path, cause)
  })
  const entries = new Map<string, Entry>()
  try {
    if (zip.entryCount > limits.entries)
      throw new AppError('INVALID_DATASET', `${path} has ${zip.entryCount} entries, more than ${limits.entries}.`)
    let unpacked = 0
    for await (const entry of zip.eachEntry()) {
      checkEntry(path, entry, limits)
      unpacked += entry.uncompressedSize
      if (unpacked > limits.totalBytes || (unpacked > limits.ratioFrom && unpacked > limits.ratio * zip.fileSize)) {
        throw new AppError(
          'INVALID_DATASET',
          `${path} would unpack to more than ${gigabytes(unpacked)} from ${gigabytes(zip.fileSize)}: this looks like a zip bomb. Import the unpacked folder if it is not.`,
        )
      }
      if (entry.fileName.endsWith('/')) continue
      if (entries.has(entry.fileName)) throw new AppError('INVALID_DATASET', `${path} holds ${entry.fileName} twice. Pack it again.`)
      entries.set(entry.fileName, entry)
    }
  } catch (error) {
    zip.close()
    throw error instanceof AppError ? error : damaged(path, error)
  }
  const file = await open(path, 'r')
  return {
    paths: [...entries.keys()].sort(),
    async read(name) {
      const entry = entries.get(name)
      if (entry === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `${path} holds no ${name}.`)
      return readEntry(file, path, entry)
    },
    async close() {
      zip.close()
      await file.close()
    },
  }
}

function checkEntry(path: string, entry: Entry, limits: typeof ZIP_LIMITS): void {
  const name = entry.fileName
  const what = `${path} holds ${JSON.stringify(name)}`
  // yauzl refuses these itself while it decodes names; this does not rely on it.
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.split(/[\\/]/).includes('..')) {
    throw new AppError(
      'INVALID_DATASET',
      `${what}, a path that climbs out of the archive. Nothing was read; pack it again with relative paths.`,
    )
  }
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000) {
    throw new AppError('INVALID_DATASET', `${what}, a symbolic link. Pack the files themselves (zip without -y).`)
  }
  if (entry.isEncrypted()) throw new AppError('INVALID_DATASET', `${what}, which is encrypted. Pack it without a password.`)
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new AppError('INVALID_DATASET', `${what}, packed by method ${entry.compressionMethod}. Pack it again with plain deflate.`)
  }
  if (entry.uncompressedSize > limits.entryBytes) {
    throw new AppError(
      'INVALID_DATASET',
      `${what}, which unpacks to ${gigabytes(entry.uncompressedSize)}: at most ${gigabytes(limits.entryBytes)} a file.`,
    )
  }
}

const LOCAL_HEADER = 30
/** What is read past the header and the name in one go; extra fields are seldom longer. */
const SLACK = 128

/** One entry, checked by its size and CRC: a damaged image is named instead of trained on. */
async function readEntry(file: FileHandle, path: string, entry: Entry): Promise<Buffer> {
  try {
    // One read for header and content: with a read each, 29,000 small masks took three times as long.
    const guess = LOCAL_HEADER + entry.fileNameLength + SLACK + entry.compressedSize
    const start = entry.relativeOffsetOfLocalHeader
    const piece = await readAt(file, start, guess)
    if (piece.length < LOCAL_HEADER || piece.readUInt32LE(0) !== 0x04034b50) throw new Error('its header is missing')
    const dataStart = LOCAL_HEADER + piece.readUInt16LE(26) + piece.readUInt16LE(28)
    let packed = piece.subarray(dataStart, dataStart + entry.compressedSize)
    if (packed.length < entry.compressedSize) packed = await readAt(file, start + dataStart, entry.compressedSize)
    if (packed.length < entry.compressedSize) throw new Error('the archive ends too early')
    const bytes = entry.compressionMethod === 0 ? packed : await unpack(packed, entry.uncompressedSize)
    if (bytes.length !== entry.uncompressedSize) throw new Error('its size is not the declared one')
    if (crc32(bytes) !== entry.crc32) throw new Error('its checksum is wrong')
    return bytes
  } catch (cause) {
    throw new AppError(
      'INVALID_DATASET',
      `${entry.fileName} in ${path} is damaged (${cause instanceof Error ? cause.message : String(cause)}). Pack or download the archive again.`,
      { cause },
    )
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** The limit is the declared size: an entry that lies about it stops there. */
function unpack(packed: Buffer, size: number): Buffer | Promise<Buffer> {
  const options = { maxOutputLength: Math.max(1, size) }
  return size < 65_536 ? inflateRawSync(packed, options) : inflate(packed, options)
}

function damaged(path: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause)
  if (/invalid relative path|absolute path|invalid characters/i.test(why)) {
    return new AppError(
      'INVALID_DATASET',
      `${path} holds a path that climbs out of the archive (${why}). Nothing was read; pack it again with relative paths.`,
      { cause },
    )
  }
  return new AppError(
    'INVALID_DATASET',
    `${path} is no readable zip file (${why}). It is damaged or incomplete: pack or download it again.`,
    { cause },
  )
}

function gigabytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
