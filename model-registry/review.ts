import type { ModelVersionView, PromotionReview, RunView } from '../core/contracts/views.ts'
import { countTestLooks } from '../core/datasets/test-looks.ts'
import { db } from '../core/db.ts'
import { AppError } from '../core/errors.ts'
import { getRun } from '../core/runs/get-run.ts'
import { getModelVersion } from './list-models.ts'
import { requireModelFiles } from './model-files.ts'
import { CHAMPION } from './names.ts'
import {
  compareStrata,
  comparability,
  greatestChanges,
  pairedDifference,
  pairScores,
  type PairedImage,
  type ScoreOrigin,
} from './policy.ts'
import { validationMetrics } from './validation-metrics.ts'
import { defaultScores, type ImageMetric, tunedScores, type ValidationScores, type Weights } from './validation-scores.ts'

export interface ReviewRequest {
  /** May not exist yet: the candidate would be its first version. */
  model: string
  /** The candidate: a run's best weights, or a registered version. */
  runId?: string
  version?: string | number
  /** Beside which alias; default `champion`. */
  alias?: string
  /** Score of single images that is compared; default Dice. */
  metric?: ImageMetric
}

const MOST_CHANGED = 6

interface Side {
  run: RunView | null
  version: ModelVersionView | null
  weights: Weights
  origin: ScoreOrigin
  metrics: Record<string, number>
}

/**
 * Candidate beside champion on the same validation images: the mean difference with its interval, strata, the images
 * that gained and lost most, and how often the test set has been looked at.
 * @throws AppError RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE when neither run nor version is given;
 *   RESOURCE_CONFLICT for a run without a stored model
 */
export async function reviewPromotion({
  model,
  runId,
  version,
  alias = CHAMPION,
  metric = 'dice',
}: ReviewRequest): Promise<PromotionReview> {
  const candidate = await candidateSide(model, runId, version)
  const champion = await championSide(model, alias)
  const { postprocess, own, other } = await scoresAlike(candidate, champion, metric)
  const ownScores = own.images
  const championScores = other?.images ?? []
  const pairs = pairScores(ownScores, championScores)
  const comparable =
    champion === null
      ? { ok: false, reason: `${model} has no ${alias} yet: there is nothing to compare with.` }
      : comparability(candidate.origin, champion.origin, {
          candidate: ownScores.length,
          champion: championScores.length,
          both: pairs.length,
        })
  const changes = comparable.ok ? greatestChanges(pairs, MOST_CHANGED) : { improved: [], worsened: [] }
  const difference = comparable.ok ? pairedDifference(pairs) : null
  return {
    model,
    candidate: { ...shown(candidate, own), version: candidate.version?.version ?? null },
    champion: champion === null ? null : { ...shown(champion, other), version: champion.version.version },
    comparable,
    postprocess,
    difference: difference === null ? null : { metric: `val/${metric}`, ...difference },
    strata: compareStrata(ownScores, comparable.ok ? pairs : null),
    improved: changes.improved.map(changeOf),
    worsened: changes.worsened.map(changeOf),
    test_looks: await countTestLooks(candidate.origin.datasetVersionId),
  }
}

/**
 * Scores of both under tuned post-processing where both have them, else of both under the defaults: a tuned model beside
 * one that is not would win by its tuning alone.
 */
async function scoresAlike(
  candidate: Side,
  champion: Side | null,
  metric: ImageMetric,
): Promise<{ postprocess: 'tuned' | 'default'; own: ValidationScores; other: ValidationScores | null }> {
  const own = await tunedScores(candidate.weights, metric)
  const other = champion === null ? null : await tunedScores(champion.weights, metric)
  if (own !== null && (champion === null || other !== null)) return { postprocess: 'tuned', own, other }
  return {
    postprocess: 'default',
    own: await defaultScores(candidate.weights, metric),
    other: champion === null ? null : await defaultScores(champion.weights, metric),
  }
}

async function candidateSide(model: string, runId: string | undefined, version: string | number | undefined): Promise<Side> {
  if (version !== undefined) return versionSide(await getModelVersion(model, version))
  if (runId === undefined) throw new AppError('INVALID_PARAMETER_VALUE', 'Say which run or which version is to be promoted.')
  const run = await getRun(runId)
  const { epoch } = await requireModelFiles(run)
  return {
    run,
    version: null,
    weights: { runId, epoch, versionId: null, splitId: run.split_id, tuned: true },
    origin: {
      dataset: run.dataset ?? 'no dataset',
      datasetVersionId: run.dataset_version_id,
      splitId: run.split_id,
      splitSeed: run.split_seed,
    },
    metrics: await validationMetrics(runId, epoch),
  }
}

async function championSide(model: string, alias: string): Promise<(Side & { version: ModelVersionView }) | null> {
  const row = await db().modelAlias.findFirst({
    where: { alias, model: { name: model } },
    select: { version: { select: { version: true } } },
  })
  return row === null ? null : versionSide(await getModelVersion(model, row.version.version))
}

async function versionSide(version: ModelVersionView): Promise<Side & { version: ModelVersionView }> {
  const row = await db().modelVersion.findFirst({
    where: { version: Number(version.version), model: { name: version.name } },
    select: { id: true, split: { select: { seed: true } } },
  })
  return {
    run: null,
    version,
    weights: {
      runId: version.run_id,
      epoch: version.epoch,
      versionId: row?.id ?? null,
      splitId: version.split_id,
      tuned: version.spec.postprocess_tuned,
    },
    origin: {
      dataset: version.dataset ?? 'a deleted dataset',
      datasetVersionId: version.dataset_version_id,
      splitId: version.split_id,
      splitSeed: row?.split?.seed ?? null,
    },
    metrics: version.metrics,
  }
}

/** Figures beside a difference are of the same post-processing as the difference. */
function shown(
  side: Side,
  scores: ValidationScores | null,
): { run_id: string | null; run_name: string; dataset: string; metrics: Record<string, number> } {
  return {
    run_id: side.run?.run_id ?? side.version?.run_id ?? null,
    run_name: side.run?.name ?? side.version?.run_name ?? 'deleted run',
    dataset: side.origin.dataset,
    metrics: { ...side.metrics, ...scores?.summary },
  }
}

function changeOf({ image_id, image_name, candidate, champion }: PairedImage): PromotionReview['improved'][number] {
  return { image_id, image_name, candidate, champion }
}
