import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AppError, toAppError } from '../../core/errors.ts'
import type { ModelServer, Served } from './model-server.ts'
import { parsePredictQuery } from './predict-query.ts'
import { MAX_WAITING } from './predictor-process.ts'
import { readBody } from './read-body.ts'

/** Images being received or computed at one time: bounds what their bytes can take. */
const MAX_REQUESTS = 2 * MAX_WAITING
const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * The model server's HTTP side: `POST /predict?model=&alias=|version=&format=` with one image, `GET /health`. It is for
 * programs of this machine (the dashboard forwards for everyone else), so other names and pages of other origins are
 * refused.
 */
export function createHttpServer(models: ModelServer): Server {
  let open = 0
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requireLoopback(request)
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/health') {
      requireMethod(request, 'GET')
      sendJson(response, 200, models.health())
      return
    }
    if (url.pathname !== '/predict')
      throw new AppError('ENDPOINT_NOT_FOUND', `There is no ${url.pathname}: the model server has POST /predict and GET /health.`)
    requireMethod(request, 'POST')
    if (open >= MAX_REQUESTS)
      throw new AppError('REQUEST_LIMIT_EXCEEDED', `${open} images are being received or computed already. Try again in a few seconds.`)
    open++
    try {
      await predict(models, url, request, response)
    } finally {
      open--
    }
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((thrown: unknown) => sendError(request, response, thrown))
  })
  server.keepAliveTimeout = 30_000
  return server
}

async function predict(models: ModelServer, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const { wanted, name, ...query } = parsePredictQuery(url.searchParams)
  const body = await readBody(request)
  const served = await models.predict(wanted, { ...query, image: body.bytes, name: name ?? body.name ?? 'The image' }, gone.signal)
  send(response, served)
}

function send(response: ServerResponse, { target, answer }: Served): void {
  response.writeHead(200, {
    'Content-Type': answer.contentType,
    'Content-Length': answer.body.byteLength,
    'Cache-Control': 'no-store',
    'X-Karyon-Model': target.model,
    'X-Karyon-Model-Version': target.version,
    'X-Karyon-Object-Count': answer.count,
    // Header values are Latin-1; the warnings of an image may hold any text.
    ...(answer.warnings.length === 0 ? {} : { 'X-Karyon-Warnings': encodeURIComponent(answer.warnings.join(' ')) }),
  })
  response.end(answer.body)
}

/** A page of another origin that was made to resolve to this machine is told by its Host or its Origin. */
function requireLoopback(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  if (!LOOPBACK_NAMES.has(host))
    throw new AppError(
      'PERMISSION_DENIED',
      "The model server answers to programs of this machine only; use the dashboard's /api/v1/models/NAME/predict.",
    )
  const { origin } = request.headers
  if (origin !== undefined && origin !== `http://${request.headers.host ?? ''}`) {
    throw new AppError(
      'PERMISSION_DENIED',
      `Pages of ${origin} may not use the model server; use the dashboard's /api/v1/models/NAME/predict.`,
    )
  }
}

function requireMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw new AppError('METHOD_NOT_ALLOWED', `${request.method ?? ''} is not possible here; use ${method}.`)
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.byteLength,
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(body)
}

function sendError(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  const error = toAppError(thrown)
  if (error.code === 'INTERNAL_ERROR') console.error(thrown)
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  // The rest of an upload that nobody reads would keep the connection busy.
  const unread = !request.complete
  sendJson(
    response,
    error.httpStatus,
    { error_code: error.code, message: error.message, ...error.details },
    {
      ...(error.httpStatus === 503 || error.httpStatus === 429 ? { 'Retry-After': '2' } : {}),
      ...(unread ? { Connection: 'close' } : {}),
    },
  )
}
