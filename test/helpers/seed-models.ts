import { randomUUID } from 'node:crypto'
import { artifactStore } from '../../core/artifacts/index.ts'
import { DEFAULT_POSTPROCESS, type ModelSpec } from '../../core/contracts/model-spec.ts'
import { DEFAULT_NORMALISE } from '../../core/segmentation/normalise.ts'
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
