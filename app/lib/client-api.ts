/** What the API says when it refuses: `{ error_code, message, details? }`. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly details: Record<string, unknown> | undefined

  constructor(code: string, message: string, status: number, details?: Record<string, unknown>) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.details = details
  }
}

/** What a refused request's parsed body says; null for one that was no JSON. */
export function refusal(answer: unknown, status: number): ApiError {
  const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  return new ApiError(
    typeof fields.error_code === 'string' ? fields.error_code : 'INTERNAL_ERROR',
    typeof fields.message === 'string' ? fields.message : `The server answered ${status}.`,
    status,
    typeof fields.details === 'object' && fields.details !== null ? (fields.details as Record<string, unknown>) : fields,
  )
}

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  signal?: AbortSignal
}

/**
 * Calls `/api/v1/PATH` from the browser and gives the parsed answer.
 * @throws ApiError with the server's own message, or NETWORK when no answer came.
 */
export async function callApi<T>(path: string, request: ApiRequest = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api/v1/${path}`, {
      method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
      headers: request.body === undefined ? undefined : { 'content-type': 'application/json' },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: request.signal,
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError('NETWORK', 'Karyon does not answer. Check that it is still running, then try again.', 0)
  }
  const text = await response.text()
  let answer: unknown
  try {
    answer = text === '' ? null : JSON.parse(text)
  } catch {
    answer = null
  }
  if (!response.ok) throw refusal(answer, response.status)
  return answer as T
}

/** The message of anything thrown, for a toast or a form. */
export const errorMessage = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : 'Something went wrong.')
