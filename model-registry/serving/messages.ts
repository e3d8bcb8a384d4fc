import type { Postprocess } from '../../core/contracts/model-spec.ts'
import { AppError, type ErrorCode, toAppError } from '../../core/errors.ts'

/** What the server and its predictor child say to each other, over Node's IPC channel (structured clone: bytes stay bytes). */
export const FORMATS = ['json', 'mask', 'labels', 'geojson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** A version as the child finds it: its files in the artifact store. */
export interface Target {
  versionId: string
  model: string
  version: string
  folder: string
}

export interface PredictRequest {
  target: Target
  image: Uint8Array
  /** What messages call the image. */
  name: string
  format: Format
  settings: Partial<Postprocess>
  channel: number | undefined
  /** Of a typical nucleus in the image, pixels. */
  diameter: number | undefined
}

export interface PredictAnswer {
  body: Uint8Array
  contentType: string
  count: number
  warnings: string[]
}

export type ToChild =
  { type: 'load'; target: Target } | { type: 'unload'; versionId: string } | { type: 'predict'; id: number; request: PredictRequest }

export type FromChild =
  | { type: 'ready' }
  | { type: 'loaded'; versionId: string }
  | { type: 'load-failed'; versionId: string; error: WireError }
  | { type: 'answer'; id: number; answer: PredictAnswer }
  | { type: 'failed'; id: number; error: WireError }

export interface WireError {
  code: ErrorCode
  message: string
}

export function toWireError(thrown: unknown): WireError {
  const { code, message } = toAppError(thrown)
  return { code, message }
}

export const fromWireError = ({ code, message }: WireError): AppError => new AppError(code, message)
