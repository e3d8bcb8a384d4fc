import { type AppError, toAppError } from '@/core/errors.ts'

/** `{"error_code","message"}` with the right status, and `details` where a form or a script can use them. */
export function errorResponse(thrown: unknown): Response {
  const error = toAppError(thrown)
  // What we did not foresee is for the log, never for the client.
  if (error.httpStatus === 500) console.error(error.cause ?? error)
  return errorJson(error)
}

export function errorJson(error: AppError, headers: Record<string, string> = {}): Response {
  return Response.json(
    { error_code: error.code, message: error.message, ...(error.details === undefined ? {} : { details: error.details }) },
    { status: error.httpStatus, headers: { 'cache-control': 'no-store', ...extraHeaders(error), ...headers } },
  )
}

function extraHeaders(error: AppError): Record<string, string> {
  if (error.code === 'UNAUTHENTICATED') return { 'www-authenticate': 'Bearer realm="karyon"' }
  if (error.code === 'TEMPORARILY_UNAVAILABLE') return { 'retry-after': '2' }
  return {}
}
