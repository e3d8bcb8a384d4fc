import type { ImageScoreView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import type { Query } from '../sql.ts'

/** Whose weights were scored, on which side of which split, and how. */
export interface NewEvaluation {
  runId: string | null
  modelVersionId: string | null
  datasetVersionId: string
  splitId: string
  side: 'val' | 'test'
  epoch: number
  settings: EvaluationSettings
  /** `val/dice`, `val/dice@stratum`, .. */
  summary: Record<string, number>
  scores: readonly { imageId: string; score: ImageScoreView }[]
}

export interface EvaluationSettings {
  /** Whether the post-processing was searched on the validation side; false or missing: the defaults. */
  tuned: boolean
  [setting: string]: unknown
}

/** Stores scores of a side. A later evaluation of the same weights and side replaces the earlier. @returns its id */
export async function storeEvaluation(tx: Query, row: NewEvaluation): Promise<string> {
  await tx`
    delete from evaluation where run_id is not distinct from ${row.runId} and model_version_id is not distinct from ${row.modelVersionId}
      and split_id = ${row.splitId} and side = ${row.side}`
  const [evaluation] = await tx<{ id: string }[]>`
    insert into evaluation (run_id, model_version_id, dataset_version_id, split_id, side, epoch, settings, summary)
    values (${row.runId}, ${row.modelVersionId}, ${row.datasetVersionId}, ${row.splitId}, ${row.side}, ${row.epoch},
      ${JSON.stringify(row.settings)}::text::jsonb, ${JSON.stringify(row.summary)}::text::jsonb)
    returning id`
  if (evaluation === undefined) throw new AppError('INTERNAL_ERROR', 'The evaluation was not stored.')
  const scores = JSON.stringify(row.scores.map(({ imageId, score }) => ({ image_id: imageId, score })))
  await tx`
    insert into evaluation_image (evaluation_id, image_id, score)
    select ${evaluation.id}, image_id, score from jsonb_to_recordset(${scores}::text::jsonb) as x (image_id text, score jsonb)`
  return evaluation.id
}
