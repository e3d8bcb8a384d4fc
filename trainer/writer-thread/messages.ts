import { AppError, toAppError, type ErrorCode } from '../../core/errors.ts'
import type { LeaseHold } from '../../core/runs/lease.ts'
import type { RunWriter } from '../../core/runs/run-writer.ts'

/** What the training thread asks of the thread that writes. Calls without an answer are told; the others are asked. */
export type Told = { [M in 'points' | 'progress' | 'log']: { told: M; argument: Parameters<RunWriter[M]>[0] } }[
  'points' | 'progress' | 'log']

export type Asked =
  | { asked: 'open'; argument: LeaseHold & { attempt: number } }
  | { [M in 'epoch' | 'evaluation' | 'artifact']: { asked: M; argument: Parameters<RunWriter[M]>[0] } }['epoch' | 'evaluation' | 'artifact']
  | { asked: 'lastCheckpoint' | 'close'; argument: null }
  | { asked: 'end'; argument: Parameters<RunWriter['end']> }

export type Request = Told | (Asked & { id: number })

export interface WireError {
  code: ErrorCode
  message: string
}

export type Answer = { id: number; value: unknown } | { id: number; error: WireError } | { aborted: WireError }

/** Errors lose their class between threads: the code is what callers branch on. */
export function toWireError(thrown: unknown): WireError {
  const { code, message } = toAppError(thrown)
  return { code, message }
}

export function fromWireError({ code, message }: WireError): AppError {
  return new AppError(code, message)
}
