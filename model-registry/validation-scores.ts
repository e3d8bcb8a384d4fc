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
  /** Whether they are, or would be, served with tuned post-processing where it was scored. */
  tuned: boolean
}

/** Scores of one kind of post-processing: those of tuned settings and those of the defaults say nothing of each other. */
export interface ValidationScores {
  images: ScoredImage[]
  /** Means, `val/dice`, ..; null where they are the run's own metrics. */
  summary: Record<string, number> | null
}

/**
 * Validation scores of weights under their tuned post-processing, image by image.
 * @returns null where there are none
 */
export async function tunedScores(weights: Weights, metric: ImageMetric): Promise<ValidationScores | null> {
  if (!weights.tuned) return null
  const scores = await scoresOfEvaluation(weights, metric, true)
  return scores.images.length === 0 ? null : scores
}

/**
 * Validation scores of weights under the default post-processing, image by image: those that the run wrote at that
 * epoch, else of the newest evaluation of the validation side. Images without this score (object scores are not computed
 * in every epoch) are left out.
 */
export async function defaultScores(weights: Weights, metric: ImageMetric): Promise<ValidationScores> {
  const fromRun = await scoresOfRun(weights, metric)
  return fromRun.length > 0 ? { images: fromRun, summary: null } : scoresOfEvaluation(weights, metric, false)
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

async function scoresOfEvaluation(
  { versionId, runId, splitId, epoch }: Weights,
  metric: ImageMetric,
  tuned: boolean,
): Promise<ValidationScores> {
  if (splitId === null) return { images: [], summary: null }
  const db = sql()
  // A run's own evaluation is of its best weights: of a version only where those are the same.
  const [evaluation] = await db<{ id: string; summary: Record<string, number> }[]>`
    select id, summary from evaluation
    where side = 'val' and split_id = ${splitId} and coalesce((settings->>'tuned')::boolean, false) = ${tuned}
      and (model_version_id = ${versionId} or (model_version_id is null and run_id = ${runId} and epoch = ${epoch}))
    order by model_version_id is null, created_at desc limit 1`
  if (evaluation === undefined) return { images: [], summary: null }
  const rows = await db<(Omit<ScoredImage, 'score'> & { score: ImageScoreView })[]>`
    select e.image_id, i.name as image_name, i.stratum, i.group_id, e.score
    from evaluation_image e join dataset_image i on i.id = e.image_id
    where e.evaluation_id = ${evaluation.id} order by i.ordinal`
  return { images: rows.map((row): ScoreRow => ({ ...row, score: row.score[metric] })).filter(isScored), summary: evaluation.summary }
}

const isScored = (row: ScoreRow): row is ScoredImage => row.score !== null
