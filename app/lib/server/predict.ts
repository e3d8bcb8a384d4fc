import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'

export interface PredictQuery {
  alias?: string | undefined
  version?: string | undefined
  format: string
  threshold?: string | undefined
  min_area?: string | undefined
  seed_distance?: string | undefined
  channel?: string | undefined
  diameter?: string | undefined
}

/** Settings that the model server judges itself. */
const SETTINGS = ['threshold', 'min_area', 'seed_distance', 'channel', 'diameter'] as const

/** A 16-bit stack of an unpacked slide is more; what the server takes as one image is less. */
const MOST_IMAGE_BYTES = 256 * 1024 * 1024
const PASSED_ON = [
  'content-type',
  'content-disposition',
  'content-length',
  'x-karyon-model',
  'x-karyon-model-version',
  'x-karyon-object-count',
  'x-karyon-warnings',
  'retry-after',
]

/**
 * Hands one image to the model server and its answer back, both as they flow.
 * @throws AppError TEMPORARILY_UNAVAILABLE where no model server answers, PAYLOAD_TOO_LARGE, BAD_REQUEST
 */
export async function predict(request: Request, model: string, query: PredictQuery): Promise<Response> {
  if (query.alias !== undefined && query.version !== undefined)
    throw new AppError('INVALID_PARAMETER_VALUE', 'Give either alias or version.')
  const body = await imageOf(request)
  const target = new URL('predict', env().serveUrl.replace(/\/?$/, '/'))
  target.searchParams.set('model', model)
  target.searchParams.set('format', query.format)
  if (query.version !== undefined) target.searchParams.set('version', query.version)
  else target.searchParams.set('alias', query.alias ?? 'champion')
  for (const name of SETTINGS) {
    const value = query[name]
    if (value !== undefined) target.searchParams.set(name, value)
  }
  const counted = countBytes(MOST_IMAGE_BYTES)
  let answer: IncomingMessage
  try {
    answer = await post(target, body, counted.stream, request.signal)
  } catch (cause) {
    if (counted.exceeded())
      throw new AppError('PAYLOAD_TOO_LARGE', `The image is larger than ${MOST_IMAGE_BYTES / 1024 / 1024} MB. Cut it into fields.`)
    if (request.signal.aborted) throw new AppError('BAD_REQUEST', 'The request broke off before its end.', { cause })
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      `No model server answers at ${env().serveUrl}. \`npm start\` starts one (and again when it stops), \`npx karyon serve\` starts one alone; KARYON_SERVE_URL says where it is.`,
      { cause },
    )
  }
  const headers = new Headers({ 'cache-control': 'no-store' })
  for (const name of PASSED_ON) {
    const value = answer.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status: answer.statusCode ?? 502, headers })
}

/**
 * A connection of its own for every image: one kept from before may belong to a model server that has been replaced since,
 * and a body that flows cannot be sent twice.
 */
function post(target: URL, body: Readable, through: Transform, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? requestHttps : requestHttp
    const outgoing = send(
      target,
      { method: 'POST', agent: false, signal, headers: { 'content-type': 'application/octet-stream' } },
      resolve,
    )
    outgoing.on('error', reject)
    // An answer before the end of the body (a refusal) breaks the pipeline, and is the answer all the same.
    pipeline(body, through, outgoing).catch(reject)
  })
}

/** The body itself, or the first file of a form. */
async function imageOf(request: Request): Promise<Readable> {
  if (request.body === null) throw new AppError('BAD_REQUEST', 'The body is empty: send one image.')
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json')
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body is JSON: send one image, as it is or as the file of a form.')
  const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0])
  if (type !== 'multipart/form-data') return source
  let form: busboy.Busboy
  try {
    form = busboy({ headers: Object.fromEntries(request.headers), limits: { files: 1, fields: 20, fieldSize: 10_000 } })
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The form is not understood: ${cause instanceof Error ? cause.message : 'no boundary'}.`, { cause })
  }
  return new Promise((resolve, reject) => {
    const broken = (cause?: unknown): void => reject(new AppError('BAD_REQUEST', 'The form holds no file: send one image.', { cause }))
    form.on('file', (_name, stream) => resolve(stream))
    form.on('close', () => broken())
    form.on('error', broken)
    source.on('error', broken)
    source.pipe(form)
  })
}

/** Passes bytes on up to a limit, and says whether there were more. */
function countBytes(limit: number): { stream: Transform; exceeded: () => boolean } {
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > limit) done(new Error('too large'))
      else done(null, chunk)
    },
  })
  return { stream, exceeded: () => size > limit }
}
