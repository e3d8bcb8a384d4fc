import type { ImageScoreView } from '../../contracts/views.ts'
import type { EvaluationSettings } from '../store-evaluation.ts'

export type ArtifactKind = 'checkpoint' | 'probability' | 'border' | 'model' | 'log' | 'file'

/** A file that a run hands over: its bytes, or a file of this machine that is copied. */
export type NewArtifact = {
  kind: ArtifactKind
  /** The path a person sees, e.g. `probability/epoch-0004/IMAGE.png`. A later artifact of the same name replaces it. */
  name: string
  epoch?: number
  imageId?: string
  /** Of the best epoch so far: replaces what was the best's before. */
  isBest?: boolean
} & ({ bytes: Uint8Array; path?: undefined } | { path: string; bytes?: undefined })

/** A file that is safe in the store, waiting for its row: the row is the commit. */
export interface StoredArtifact {
  id: string
  attempt: number
  kind: ArtifactKind
  name: string
  key: string
  size: number
  sha256: string | null
  epoch: number | null
  imageId: string | null
  isBest: boolean
}

export interface PointRecord {
  key: string
  step: number
  /** Milliseconds UTC. */
  at: number
  value: number
}

/**
 * What a run writes, in order. Each record is one fenced transaction, and applying one twice leaves the same rows, so
 * that a spool may be read again after a crash.
 */
export type WriteRecord =
  | { type: 'points'; points: PointRecord[] }
  | {
      type: 'epoch'
      epoch: number
      step: number
      at: number
      points: { key: string; value: number }[]
      imageScores: { imageId: string; score: ImageScoreView }[]
      artifacts: StoredArtifact[]
      best: { epoch: number; value: number } | null
      imagesPerSecond: number | null
      etaSeconds: number | null
    }
  | { type: 'progress'; step: number; imagesPerSecond: number | null; etaSeconds: number | null; message: string | null }
  | { type: 'artifacts'; artifacts: StoredArtifact[] }
  | {
      type: 'evaluation'
      side: 'val'
      epoch: number
      settings: EvaluationSettings
      summary: Record<string, number>
      scores: { imageId: string; score: ImageScoreView }[]
      artifacts: StoredArtifact[]
    }
  | { type: 'log'; artifact: StoredArtifact }

/** One line of a spool. JSON has no NaN: non-finite numbers are wrapped. */
export function encodeRecord(record: WriteRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value,
  )
}

/** @throws SyntaxError for a torn line */
export function decodeRecord(line: string): WriteRecord {
  return JSON.parse(line, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && '$number' in value ? Number(value.$number) : value,
  ) as WriteRecord
}
