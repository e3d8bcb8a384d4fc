import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'

export interface Upload {
  /** In Karyon's own home; whoever queues the work says there that it is to be removed afterwards. */
  path: string
  fileName: string
  size: number
  fields: Record<string, string>
}

export const MOST_UPLOAD_BYTES = 50 * 1024 ** 3
const MOST_FIELD_BYTES = 20 * 1024 * 1024
/** Left for the database. */
const RESERVE_BYTES = 500 * 1024 * 1024
const CHECK_EVERY_BYTES = 64 * 1024 * 1024
const STALE_MS = 24 * 3600 * 1000

/**
 * Streams the one file of a multipart form to disk, in pieces, whatever its size. Nothing stays where anything goes wrong.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST, PAYLOAD_TOO_LARGE, INSUFFICIENT_STORAGE
 */
export async function receiveUpload(request: Request, limit = MOST_UPLOAD_BYTES): Promise<Upload> {
  const folder = join(env().home, 'uploads')
  await mkdir(folder, { recursive: true })
  await removeStale(folder)
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit + MOST_FIELD_BYTES) throw tooLarge(limit)
  await requireSpace(folder, announced)
  if (request.body === null) throw new AppError('BAD_REQUEST', 'The form is empty: send name and file.')

  const fields: Record<string, string> = {}
  let file: { path: string; fileName: string; size: number; target: WriteStream; written: Promise<void> } | undefined
  const parser = openForm(request)
  const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0])
  const failed: { with?: unknown } = {}
  const fail = (thrown: unknown): void => {
    failed.with ??= thrown
    source.unpipe(parser)
    parser.destroy()
  }
  parser.on('field', (name, value, info) => {
    if (info.valueTruncated)
      fail(new AppError('PAYLOAD_TOO_LARGE', `The field ${name} is larger than ${MOST_FIELD_BYTES / 1024 / 1024} MB.`))
    else fields[name] = value
  })
  parser.on('file', (name, stream, info) => {
    // Cut off with the form: said once, by whoever cut.
    stream.on('error', () => undefined)
    if (name !== 'file' || file !== undefined) {
      stream.resume()
      return fail(
        new AppError(
          'BAD_REQUEST',
          `The form holds a file called "${name.slice(0, 80)}"${file === undefined ? '' : ' besides the first'}: send one, called "file".`,
        ),
      )
    }
    // Typed as always there; a client may leave it out.
    const fileName = (info.filename as string | undefined) ?? 'upload'
    const path = join(folder, `${randomUUID()}${safeExtension(fileName)}`)
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600 })
    const received = { path, fileName, size: 0, target, written: Promise.resolve() }
    file = received
    received.written = pipeline(
      stream,
      countingTo(limit, folder, (size) => (received.size = size)),
      target,
    )
    received.written.catch(fail)
  })
  try {
    await pipeline(source, parser).catch((thrown: unknown) => fail(thrown))
    await file?.written.catch(fail)
    if (failed.with !== undefined) throw failed.with instanceof AppError ? failed.with : asClientError(failed.with)
    if (file === undefined) throw new AppError('BAD_REQUEST', 'The form holds no file: send one, called "file".')
    if (file.size === 0) throw new AppError('BAD_REQUEST', `${file.fileName} is empty.`)
    return { path: file.path, fileName: file.fileName, size: file.size, fields }
  } catch (thrown) {
    source.destroy()
    if (file !== undefined) {
      await file.written.catch(() => undefined)
      // A stream that is destroyed while its file is being opened makes that file afterwards.
      const { target } = file
      if (!target.closed) await new Promise<void>((resolve) => target.once('close', resolve))
      await rm(file.path, { force: true })
    }
    throw thrown
  }
}

function openForm(request: Request): busboy.Busboy {
  try {
    return busboy({
      headers: Object.fromEntries(request.headers),
      limits: { files: 2, fields: 20, fieldSize: MOST_FIELD_BYTES, fieldNameSize: 100, headerPairs: 50 },
    })
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The form is not understood: ${cause instanceof Error ? cause.message : 'no boundary'}.`, { cause })
  }
}

/** Passes bytes on and counts them; stops at the limit, or when the disk is nearly full. */
function countingTo(limit: number, folder: string, report: (size: number) => void): Transform {
  let size = 0
  let nextCheck = CHECK_EVERY_BYTES
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      report(size)
      if (size > limit) return done(tooLarge(limit))
      if (size < nextCheck) return done(null, chunk)
      nextCheck += CHECK_EVERY_BYTES
      requireSpace(folder, 0).then(
        () => done(null, chunk),
        (thrown: unknown) => done(thrown as Error),
      )
    },
  })
}

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  // The images are copied into the store on import: twice the upload at worst.
  if (bavail * bsize >= 2 * bytes + RESERVE_BYTES) return
  throw new AppError(
    'INSUFFICIENT_STORAGE',
    `The disk of ${folder} has ${Math.round((bavail * bsize) / 1e6)} MB left, too little for this upload. Free some space, then try again.`,
  )
}

/** A client that hung up, or a form that breaks off: its fault, never ours; a full disk stays what it is. */
function asClientError(thrown: unknown): unknown {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''
  if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'].includes(code)) return thrown
  return new AppError('BAD_REQUEST', 'The upload broke off before its end. Send it again.', { cause: thrown })
}

/** The import tells archives by their content; the name is for messages. */
function safeExtension(fileName: string): string {
  const extension = extname(fileName).toLowerCase()
  return /^\.[a-z0-9]{1,8}$/.test(extension) ? extension : ''
}

/** What a server that was killed amid an upload left behind. A waiting job's file is younger, or its job has failed. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined && Date.now() - info.mtimeMs > STALE_MS) await rm(path, { force: true })
  }
}

const tooLarge = (limit: number): AppError =>
  new AppError(
    'PAYLOAD_TOO_LARGE',
    `The upload is larger than ${Math.round(limit / 1024 ** 3)} GB. Copy it to the server and import it by its path.`,
  )
