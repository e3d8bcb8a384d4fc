import { randomBytes } from 'node:crypto'
import { sql } from '../../core/sql.ts'
import { hexId } from './seed-runs.ts'

/** Rows of a dataset of 20 images in groups of their own, split by seed 0 into 12, 5 and 3, a panel of four; no files. */
export async function seedStudy(
  name = `study-${hexId()}`,
): Promise<{ name: string; datasetVersionId: string; splitId: string; imageIds: string[]; panel: string[] }> {
  const db = sql()
  return db.begin(async (tx) => {
    const one = async (rows: PromiseLike<{ id: string }[]>): Promise<string> => (await rows)[0]!.id
    const datasetId = await one(tx<{ id: string }[]>`insert into dataset (name, synthetic) values (${name}, true) returning id`)
    const datasetVersionId = await one(tx<{ id: string }[]>`
      insert into dataset_version (dataset_id, version, content_hash, layout, image_count, object_count)
      values (${datasetId}, 1, ${randomBytes(32).toString('hex')}, 'synthetic', 20, 20) returning id`)
    const splitId = await one(tx<{ id: string }[]>`
      insert into split (dataset_version_id, seed, train_fraction, val_fraction, test_fraction) values (${datasetVersionId}, 0, 0.7, 0.15, 0.15) returning id`)
    const imageIds: string[] = []
    const panel: string[] = []
    for (let i = 0; i < 20; i++) {
      const groupId = await one(
        tx<{ id: string }[]>`insert into image_group (dataset_version_id, name) values (${datasetVersionId}, ${`g${i}`}) returning id`,
      )
      const baseline = {
        dice: 0.5,
        iou: 0.4,
        accuracy: 0.9,
        ap50: 0.3,
        map: 0.2,
        f1_50: 0.4,
        count_error: 1,
        truth_count: 1,
        predicted_count: 2,
        found: 1,
        missed: 0,
        extra: 1,
        merges: 0,
        splits: 0,
      }
      const imageId = await one(tx<{ id: string }[]>`
        insert into dataset_image (dataset_version_id, group_id, ordinal, name, image_key, label_key, width, height, channels, bit_depth, stratum,
          object_count, foreground_fraction, baseline)
        values (${datasetVersionId}, ${groupId}, ${i}, ${`image-${i}`}, ${`k${i}`}, ${`l${i}`}, 64, 48, 1, 8, ${i % 2 === 0 ? 'fluorescence' : 'histology'}, 1, 0.1,
          ${JSON.stringify(baseline)}::text::jsonb) returning id`)
      const side = i < 12 ? 'train' : i < 17 ? 'val' : 'test'
      await tx`insert into split_group (split_id, group_id, side) values (${splitId}, ${groupId}, ${side})`
      if (side === 'val' && panel.length < 4) {
        await tx`insert into split_panel (split_id, image_id, rank) values (${splitId}, ${imageId}, ${panel.length})`
        panel.push(imageId)
      }
      imageIds.push(imageId)
    }
    return { name, datasetVersionId, splitId, imageIds, panel }
  })
}

/** Writes points of a run as its child does: under the next sequence number. */
export async function logPoints(runId: string, key: string, points: { step: number; value: number; at?: Date }[]): Promise<void> {
  await sql().begin(async (tx) => {
    const [state] = await tx<{ seq: number }[]>`update run_state set seq = seq + 1 where run_id = ${runId} returning seq`
    const [series] = await tx<{ id: number }[]>`
      insert into metric_series (run_id, key) values (${runId}, ${key}) on conflict (run_id, key) do update set key = excluded.key returning id`
    await tx`
      insert into metric_point (series_id, step, at, value, seq)
      select ${series!.id}, u.step, u.at, u.value, ${state!.seq}
      from unnest(${points.map((p) => p.step)}::bigint[], ${points.map((p) => (p.at ?? new Date(1_700_000_000_000 + p.step * 1000)).toISOString())}::timestamptz[],
                  ${points.map((p) => String(p.value))}::float8[]) as u(step, at, value)`
  })
}

/** The state of a run that has come to an end, or is under way, without any trainer. */
export async function setStatus(runId: string, status: string, epoch = 0): Promise<void> {
  const live = status === 'running' || status === 'stopping'
  const ended = ['finished', 'failed', 'cancelled', 'pruned'].includes(status)
  const db = sql()
  await db`
    update run_state set status = ${status}, epoch = ${epoch}, seq = seq + 1,
      lease_token = ${live ? db`gen_random_uuid()` : null}, lease_expires_at = ${live ? db`now() + interval '1 hour'` : null},
      started_at = now(), ended_at = ${ended ? db`now()` : null}
    where run_id = ${runId}`
}
