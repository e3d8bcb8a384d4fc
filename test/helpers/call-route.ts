type Handler = (request: Request, context: { params: Promise<Record<string, string | string[]>> }) => Promise<Response>

export interface ApiCall {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON, unless it is a body already. */
  body?: unknown
  params?: Record<string, string | string[]>
}

export interface ApiAnswer {
  status: number
  headers: Headers
  // Tests look into answers of every shape.
  body: Record<string, unknown>
}

const isBody = (value: unknown): value is BodyInit =>
  typeof value === 'string' || value instanceof FormData || value instanceof Uint8Array || value instanceof ReadableStream

/** Calls an exported route handler as Next does, as a program on this machine would. */
export async function callRoute(handler: Handler, path: string, call: ApiCall = {}): Promise<ApiAnswer> {
  const response = await rawCall(handler, path, call)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

export function rawCall(
  handler: Handler,
  path: string,
  { method = 'GET', headers = {}, body, params = {} }: ApiCall = {},
): Promise<Response> {
  const json = body !== undefined && !isBody(body)
  const request = new Request(`http://127.0.0.1:3000/api/v1${path}`, {
    method,
    headers: { host: '127.0.0.1:3000', ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as BodyInit), ...{ duplex: 'half' } }),
  })
  return handler(request, { params: Promise.resolve(params) })
}
