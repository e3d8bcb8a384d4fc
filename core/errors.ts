/**
 * Every error that a person or a client may see. The code is stable and machine-readable (clients branch on it, never
 * on the message); the message names what is wrong and says what to do about it.
 */
const CODES = {
  INVALID_PARAMETER_VALUE: { http: 400, exit: 2 },
  BAD_REQUEST: { http: 400, exit: 2 },
  RESOURCE_ALREADY_EXISTS: { http: 400, exit: 3 },
  UNAUTHENTICATED: { http: 401, exit: 5 },
  PERMISSION_DENIED: { http: 403, exit: 5 },
  RESOURCE_DOES_NOT_EXIST: { http: 404, exit: 4 },
  ENDPOINT_NOT_FOUND: { http: 404, exit: 4 },
  METHOD_NOT_ALLOWED: { http: 405, exit: 2 },
  RESOURCE_CONFLICT: { http: 409, exit: 3 },
  PAYLOAD_TOO_LARGE: { http: 413, exit: 2 },
  UNSUPPORTED_MEDIA_TYPE: { http: 415, exit: 2 },
  INVALID_DATASET: { http: 422, exit: 2 },
  REQUEST_LIMIT_EXCEEDED: { http: 429, exit: 6 },
  INTERNAL_ERROR: { http: 500, exit: 1 },
  NOT_IMPLEMENTED: { http: 501, exit: 1 },
  TEMPORARILY_UNAVAILABLE: { http: 503, exit: 6 },
  INSUFFICIENT_STORAGE: { http: 507, exit: 7 },
  /** The run or job was given to another worker: the holder must stop writing at once. Never reaches a client. */
  LEASE_LOST: { http: 409, exit: 9 },
} as const

export type ErrorCode = keyof typeof CODES

export interface AppErrorOptions {
  cause?: unknown
  /** Machine-readable detail, e.g. `{ fields: { 'parameters.epochs': '…' } }` or `{ problems: [{ file, reason }] }`. */
  details?: Record<string, unknown>
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details
  }

  get httpStatus(): number {
    return CODES[this.code].http
  }

  get exitStatus(): number {
    return CODES[this.code].exit
  }
}

/** Turns whatever was thrown into an AppError; a full disk and an unreachable database are recognised by their codes. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const code = systemCode(thrown)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') {
    return new AppError('INSUFFICIENT_STORAGE', 'The disk is full. Free some space, then try again; nothing was half written.', {
      cause: thrown,
    })
  }
  if (code !== undefined && DATABASE_AWAY.has(code)) {
    return new AppError(
      'TEMPORARILY_UNAVAILABLE',
      'The database does not answer. `npx karyon doctor` says why; try again in a few seconds.',
      { cause: thrown },
    )
  }
  return new AppError('INTERNAL_ERROR', 'Something failed inside Karyon; the log has the details.', { cause: thrown })
}

// Socket errors, postgres.js's own, SQLSTATE classes 08 and 57P (shutdown), Prisma's P1001 family.
const DATABASE_AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  '08000',
  '08001',
  '08003',
  '08006',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
])

/** The error code of a system, database or Prisma error, looked for along the chain of causes. */
export function systemCode(thrown: unknown): string | undefined {
  for (let at: unknown = thrown, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = 'cause' in at ? at.cause : undefined
  }
  return undefined
}
