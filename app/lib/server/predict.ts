import { Readable } from 'node:stream'
import busboy from 'busboy'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'

export interface PredictQuery {
  alias?: string | undefined
  version?: string | undefined
  format: string
}

/** A 16-bit stack of an unpacked slide is more; what the server takes as one image is less. */
const MOST_IMAGE_BYTES = 256 * 1024 * 1024
const PASSED_ON = ['content-type', 'content-disposition', 'content-length', 'x-karyon-model', 'x-karyon-version', 'x-karyon-count', 'retry-after']

/**
 * Hands one image to the model server and its answer back, both as they flow.
 * @throws AppError TEMPORARILY_UNAVAILABLE where no model server answers, PAYLOAD_TOO_LARGE, BAD_REQUEST
 */
export async function predict(request: Request, model: string, query: PredictQuery): Promise<Response> {
  if (query.alias !== undefined && query.version !== undefined) throw new AppError('INVALID_PARAMETER_VALUE', 'Give either alias or version.')
  const body = await imageOf(request)
  const target = new URL('predict', env().serveUrl.replace(/\/?$/, '/'))
  target.searchParams.set('model', model)
  target.searchParams.set('format', query.format)
  if (query.version !== undefined) target.searchParams.set('version', query.version)
  else target.searchParams.set('alias', query.alias ?? 'champion')
  const counted = new ReadableStreamLimit(MOST_IMAGE_BYTES)
  let answer: Response
  try {
    answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: body.pipeThrough(counted.stream),
      signal: request.signal,
      ...{ duplex: 'half' },
    })
  } catch (cause) {
    if (counted.exceeded) throw new AppError('PAYLOAD_TOO_LARGE', `The image is larger than ${MOST_IMAGE_BYTES / 1024 / 1024} MB. Cut it into fields.`)
    if (request.signal.aborted) throw new AppError('BAD_REQUEST', 'The request broke off before its end.', { cause })
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      `No model server answers at ${env().serveUrl}. \`npm start\` starts one (and again when it stops), \`npx karyon serve\` starts one alone; KARYON_SERVE_URL says where it is.`,
      { cause },
    )
  }
  const headers = new Headers({ 'cache-control': 'no-store' })
  for (const name of PASSED_ON) {
    const value = answer.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(answer.body, { status: answer.status, headers })
}

/** The body itself, or the first file of a form. */
async function imageOf(request: Request): Promise<ReadableStream<Uint8Array>> {
  if (request.body === null) throw new AppError('BAD_REQUEST', 'The body is empty: send one image.')
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json') throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body is JSON: send one image, as it is or as the file of a form.')
  if (type !== 'multipart/form-data') return request.body
  let form: busboy.Busboy
  try {
    form = busboy({ headers: Object.fromEntries(request.headers), limits: { files: 1, fields: 20, fieldSize: 10_000 } })
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The form is not understood: ${cause instanceof Error ? cause.message : 'no boundary'}.`, { cause })
  }
  const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0])
  return new Promise((resolve, reject) => {
    const broken = (cause?: unknown): void => reject(new AppError('BAD_REQUEST', 'The form holds no file: send one image.', { cause }))
    form.on('file', (_name, stream) => resolve(Readable.toWeb(stream) as ReadableStream<Uint8Array>))
    form.on('close', () => broken())
    form.on('error', broken)
    source.on('error', broken)
    source.pipe(form)
  })
}

/** Passes bytes on up to a limit, and says whether there were more. */
class ReadableStreamLimit {
  exceeded = false
  readonly stream: TransformStream<Uint8Array, Uint8Array>

  constructor(limit: number) {
    let size = 0
    this.stream = new TransformStream({
      transform: (chunk, controller) => {
        size += chunk.byteLength
        if (size > limit) {
          this.exceeded = true
          controller.error(new Error('too large'))
        } else controller.enqueue(chunk)
      },
    })
  }
}
