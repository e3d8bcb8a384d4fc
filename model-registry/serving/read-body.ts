import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import busboy from 'busboy'
import { AppError } from '../../core/errors.ts'

/** A 16-bit RGB image of the most pixels that are predicted, uncompressed, is smaller. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024

export interface Body {
  bytes: Buffer
  /** The file's name, where the client gave one. */
  name: string | undefined
}

/**
 * The image of a request: its whole body, or the first file of a multipart form.
 * @throws AppError PAYLOAD_TOO_LARGE, BAD_REQUEST
 */
export async function readBody(request: IncomingMessage): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const body =
    request.headers['content-type']?.startsWith('multipart/form-data') === true
      ? await readForm(request)
      : { bytes: await readAll(request), name: undefined }
  if (body.bytes.byteLength === 0) throw new AppError('BAD_REQUEST', 'The request has no image: send one PNG, TIFF or JPEG as its body.')
  return body
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function readForm(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      request.unpipe()
      reject(cause instanceof AppError ? cause : new AppError('BAD_REQUEST', 'The form is cut short or not well formed.', { cause }))
    }
    let form: ReturnType<typeof busboy>
    try {
      form = busboy({ headers: request.headers, limits: { files: 1 } })
    } catch (cause) {
      fail(cause)
      return
    }
    let file: Promise<Body> | undefined
    form.on('file', (_field, stream, { filename }) => {
      file = readAll(stream).then((bytes) => ({ bytes, name: filename === '' ? undefined : filename }))
      file.catch(fail)
    })
    form.on('error', fail)
    form.on('close', () => {
      if (file === undefined) fail(new AppError('BAD_REQUEST', 'The form has no file: send the image as a file field.'))
      else file.then(resolve, fail)
    })
    request.on('error', fail)
    request.pipe(form)
  })
}

const tooLarge = (): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `The image is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB. Cut it into smaller tiles.`)
