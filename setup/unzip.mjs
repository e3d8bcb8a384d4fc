import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { SetupError } from './failure.mjs'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50

/**
 * Takes chosen files out of a zip archive (a Python wheel is one). Only what wheels use: stored or deflated entries,
 * no ZIP64, no encryption. For wheels whose checksum was verified; untrusted archives go through core/datasets.
 * @param {string} archive
 * @param {(name: string) => string | undefined} place the path below `folder` for an entry, undefined to leave it out
 * @param {string} folder
 * @param {(done: number, total: number) => void} [onBytes] unpacked bytes
 */
export async function unzip(archive, place, folder, onBytes = () => {}) {
  const wanted = (await readDirectory(archive))
    .map((entry) => ({ ...entry, target: entry.name.endsWith('/') ? undefined : place(entry.name) }))
    .filter((entry) => entry.target !== undefined)
  const total = wanted.reduce((sum, entry) => sum + entry.size, 0)
  let done = 0
  const file = await open(archive)
  try {
    for (const entry of wanted) {
      const target = join(folder, entry.target)
      if (!normalize(target).startsWith(normalize(folder) + sep))
        throw new SetupError(`${archive} holds a path that leads out of it: ${entry.name}`)
      const header = Buffer.alloc(30)
      await file.read(header, 0, 30, entry.offset)
      const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
      mkdirSync(dirname(target), { recursive: true })
      if (entry.size === 0) {
        writeFileSync(target, '')
        continue
      }
      const count = new Transform({
        transform(chunk, _encoding, next) {
          done += chunk.length
          onBytes(done, total)
          next(null, chunk)
        },
      })
      const source = createReadStream(archive, { start, end: start + entry.packedSize - 1, highWaterMark: 1 << 20 })
      const inflate = entry.method === 0 ? [] : [createInflateRaw({ chunkSize: 1 << 18 })]
      await pipeline([source, ...inflate, count, createWriteStream(target, { mode: entry.executable ? 0o755 : 0o644 })])
    }
  } finally {
    await file.close()
  }
}

async function readDirectory(archive) {
  const file = await open(archive)
  try {
    const { size } = await file.stat()
    const tail = Buffer.alloc(Math.min(size, 65_557))
    await file.read(tail, 0, tail.length, size - tail.length)
    let at = tail.length - 22
    while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at--
    if (at < 0) throw new SetupError(`${archive} is no zip archive, or is cut off.`, 'Remove it, then run the same command again.')
    const directory = Buffer.alloc(tail.readUInt32LE(at + 12))
    await file.read(directory, 0, directory.length, tail.readUInt32LE(at + 16))
    const entries = []
    for (let p = 0; p + 46 <= directory.length && directory.readUInt32LE(p) === DIRECTORY_ENTRY;) {
      const nameLength = directory.readUInt16LE(p + 28)
      entries.push({
        name: directory.toString('utf8', p + 46, p + 46 + nameLength),
        method: directory.readUInt16LE(p + 10),
        packedSize: directory.readUInt32LE(p + 20),
        size: directory.readUInt32LE(p + 24),
        executable: ((directory.readUInt32LE(p + 38) >>> 16) & 0o100) !== 0,
        offset: directory.readUInt32LE(p + 42),
      })
      p += 46 + nameLength + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32)
    }
    return entries
  } finally {
    await file.close()
  }
}
