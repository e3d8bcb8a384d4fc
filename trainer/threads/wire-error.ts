import { AppError, toAppError, type ErrorCode } from '../../core/errors.ts'

export interface WireError {
  code: ErrorCode
  message: string
  /** Of what was thrown first: the log of a failure inside Karyon shows it. */
  stack: string | undefined
}

/** Errors lose their class between threads: the code is what callers branch on. */
export function toWireError(thrown: unknown): WireError {
  const { code, message } = toAppError(thrown)
  return { code, message, stack: thrown instanceof Error ? thrown.stack : undefined }
}

export function fromWireError({ code, message, stack }: WireError): AppError {
  const error = new AppError(code, message)
  if (stack !== undefined) error.stack = stack
  return error
}
