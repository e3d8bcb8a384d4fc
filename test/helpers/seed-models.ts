import { randomUUID } from 'node:crypto'
import { artifactStore } from '../../core/artifacts/index.ts'
import { DEFAULT_POSTPROCESS, type ModelSpec } from '../../core/contracts/model-spec.ts'
import { DEFAULT_NORMALISE } from '../../core/segmentation/normalise.ts'
import { storeEvaluation } from '../../core/runs/store-evaluation.ts'
import { sql } from '../../core/sql.ts'
import { type SeededDataset, seedSweep } from './seed-runs.ts'

export function modelSpec(changes: Partial<ModelSpec> = {}): ModelSpec {
  return {
    format: 1,
    architecture: 'unet-mobilenetv2-light',
    encoder_alpha: 0.35,
    decoder_filters: [16, 16, 8, 8, 8],
    target: 'semantic',
    image_size: 64,
    sampling: 'resize',
    normalise: DEFAULT_NORMALISE,
    postprocess: DEFAULT_POSTPROCESS,
    postprocess_tuned: false,
    test_time_augmentation: 'none',
    trained_diameters: { p10: 8, p50: 14, p90: 22 },
    dataset: { name: 'synthetic', version: 1, id: '0'.repeat(32) },
    run_id: '0'.repeat(32),
    epoch: 2,
    ...changes,
  }
}

/** A run with a stored model at an epoch, and its validation scores: the Dice of each image of the dataset. */
export async function seedTrainedRun(
  dataset: SeededDataset,
  options: { dice: number[]; epoch?: number; files?: Record<string, Uint8Array>; finished?: boolean },
): Promise<string> {
  const epoch = options.epoch ?? 2
  const {
    runIds: [runId = ''],
  } = await seedSweep(dataset, 1)
  await addModelFiles(runId, epoch, options.files)
  const db = sql()
  for (const [n, dice] of options.dice.entries()) {
    await db`insert into image_score (run_id, epoch, image_id, dice, iou, accuracy, seq) values (${runId}, ${epoch}, ${dataset.imageIds[n] ?? ''}, ${dice}, 0.5, 0.9, 1)`
  }
  const [series] = await db<{ id: number }[]>`insert into metric_series (run_id, key) values (${runId}, 'val/dice') returning id`
  const mean = options.dice.reduce((sum, dice) => sum + dice, 0) / options.dice.length
  await db`insert into metric_point (series_id, step, at, value, seq) values (${series?.id ?? 0}, ${epoch}, now(), ${mean}, 1), (${series?.id ?? 0}, ${epoch + 1}, now(), 0.01, 1)`
  await db`update run_state set best_epoch = ${epoch}, best_value = ${mean}, epoch = ${epoch + 1} where run_id = ${runId}`
  if (options.finished !== false) await endRunState(runId)
  return runId
}

export async function addModelFiles(runId: string, epoch: number, files?: Record<string, Uint8Array>): Promise<void> {
  const content = files ?? {
    'model.json': Buffer.from(JSON.stringify(modelSpec({ run_id: runId, epoch }))),
    'weights.bin': Buffer.from(`weights of ${runId} at ${epoch}`),
  }
  for (const [name, bytes] of Object.entries(content)) {
    const key = `runs/${runId}/1/${randomUUID()}-${name}`
    const { size, sha256 } = await artifactStore().put(key, bytes)
    await sql()`
      insert into artifact (run_id, attempt, kind, name, key, size, sha256, epoch, is_best, seq)
      values (${runId}, 1, 'model', ${`model/${name}`}, ${key}, ${size}, ${sha256}, ${epoch}, true, ${epoch})`
  }
}

export async function endRunState(runId: string, status = 'finished'): Promise<void> {
  await sql()`update run_state set status = ${status}, ended_at = now(), lease_token = null, lease_expires_at = null where run_id = ${runId}`
}

/** What training leaves of a run once its post-processing is tuned: the description of its weights, and their scores. */
export async function tuneSeededRun(runId: string, dataset: SeededDataset, dice: number[], epoch = 2): Promise<ModelSpec['postprocess']> {
  const postprocess = { threshold: 0.6, min_area: 24, seed_distance: 5 }
  const spec = modelSpec({ run_id: runId, epoch, postprocess, postprocess_tuned: true })
  await sql()`delete from artifact where run_id = ${runId} and name = 'model/model.json'`
  await addModelFiles(runId, epoch, { 'model.json': Buffer.from(JSON.stringify(spec)) })
  const mean = dice.reduce((sum, value) => sum + value, 0) / dice.length
  await storeEvaluation(sql(), {
    runId,
    modelVersionId: null,
    ...dataset,
    side: 'val',
    epoch,
    settings: {
      postprocess,
      tuned: true,
      tuned_images: dice.length,
      default: { postprocess: DEFAULT_POSTPROCESS, dice: 0.5, ap50: 0.4, map: 0.3 },
    },
    summary: { 'val/dice': mean, 'val/ap50': 0.7, 'val/map': 0.5 },
    scores: dice.map((value, n) => ({ imageId: dataset.imageIds[n] ?? '', score: { ...EMPTY_SCORE, dice: value } })),
  })
  return postprocess
}

const EMPTY_SCORE = {
  dice: 0,
  iou: 0.5,
  accuracy: 0.9,
  ap50: null,
  map: null,
  f1_50: null,
  truth_count: null,
  predicted_count: null,
  found: null,
  merges: null,
  splits: null,
}
