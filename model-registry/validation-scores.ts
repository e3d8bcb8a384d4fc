import type { ImageScoreView } from '../core/contracts/views.ts'
import { sql } from '../core/sql.ts'
import type { ScoredImage } from './policy.ts'

/** Scores of single images that a difference may be computed of: greater is better, 0 to 1. */
export const IMAGE_METRICS = ['dice', 'iou', 'accuracy', 'ap50', 'map', 'f1_50'] as const
export type ImageMetric = (typeof IMAGE_METRICS)[number]

/** Whose scores are wanted: weights of a run at an epoch, or of a version (whose run may be gone). */
export interface Weights {
  runId: string | null
  epoch: number | null
  versionId: string | null
  splitId: string | null
}

/**
 * Validation scores of weights, image by image: those that the run wrote at that epoch, else of the newest evaluation of
 * the validation side. Images without this score (object scores are not computed in every epoch) are left out.
 */
export async function validationScores(weights: Weights, metric: ImageMetric): Promise<ScoredImage[]> {
  const fromRun = await scoresOfRun(weights, metric)
  return fromRun.length > 0 ? fromRun : scoresOfEvaluation(weights, metric)
}

type ScoreRow = Omit<ScoredImage, 'score'> & { score: number | null }

async function scoresOfRun({ runId, epoch }: Weights, metric: ImageMetric): Promise<ScoredImage[]> {
  if (runId === null || epoch === null) return []
  const db = sql()
  const rows = await db<ScoreRow[]>`
    select s.image_id, i.name as image_name, i.stratum, i.group_id, s.${db(metric)} as score
    from image_score s join dataset_image i on i.id = s.image_id
    where s.run_id = ${runId} and s.epoch = ${epoch} order by i.ordinal`
  return rows.filter(isScored)
}

async function scoresOfEvaluation({ versionId, runId, splitId }: Weights, metric: ImageMetric): Promise<ScoredImage[]> {
  if (splitId === null) return []
  const db = sql()
  const [evaluation] = await db<{ id: string }[]>`
    select id from evaluation
    where side = 'val' and split_id = ${splitId} and (model_version_id = ${versionId} or (${versionId}::text is null and run_id = ${runId}))
    order by created_at desc limit 1`
  if (evaluation === undefined) return []
  const rows = await db<(Omit<ScoredImage, 'score'> & { score: ImageScoreView })[]>`
    select e.image_id, i.name as image_name, i.stratum, i.group_id, e.score
    from evaluation_image e join dataset_image i on i.id = e.image_id
    where e.evaluation_id = ${evaluation.id} order by i.ordinal`
  return rows.map((row): ScoreRow => ({ ...row, score: row.score[metric] })).filter(isScored)
}

const isScored = (row: ScoreRow): row is ScoredImage => row.score !== null
