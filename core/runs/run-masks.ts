import type { ImageScoreView, RunMasks } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { requireHexId } from './ids.ts'
import { requireRun } from './require-run.ts'

export interface MasksQuery {
  /** Masks as they were at this epoch; `best`: the run's best epoch so far. Default: the newest. */
  epoch?: number | 'best'
  /** Default: the split's panel, in its order. `all`: every image that has a map (the whole validation side at the best epoch). */
  imageIds?: readonly string[] | 'all'
}

interface MaskRow {
  image_id: string
  image_name: string
  stratum: string
  width: number
  height: number
  panel_rank: number | null
  epoch: number
  artifact_id: string
  border_artifact_id: string | null
  dice: number | null
  iou: number
  accuracy: number
  ap50: number | null
  map: number | null
  f1_50: number | null
  truth_count: number | null
  predicted_count: number | null
  found: number | null
  merges: number | null
  splits: number | null
}

/**
 * Where a run's probability maps are: of each image the newest at or before the epoch asked for, with the score of that
 * same epoch, so that a caption always speaks of the picture above it.
 * @throws AppError INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
 */
export async function getRunMasks(runId: string, query: MasksQuery = {}): Promise<RunMasks> {
  const run = await requireRun(runId)
  if (typeof query.epoch === 'number' && (!Number.isInteger(query.epoch) || query.epoch < 1)) {
    throw new AppError('INVALID_PARAMETER_VALUE', `epoch is ${query.epoch}: epochs count from 1; "best" is the best so far.`)
  }
  const db = sql()
  const epochs = await db<{ epoch: number }[]>`
    select distinct epoch from artifact where run_id = ${runId} and kind = 'probability' and epoch is not null order by epoch`
  const newest = epochs.at(-1)?.epoch ?? 0
  const upTo = query.epoch === 'best' ? (run.bestEpoch ?? newest) : (query.epoch ?? newest)
  const asked = query.imageIds
  const images =
    asked === 'all'
      ? db`true`
      : asked === undefined
        ? db`p.rank is not null`
        : db`a.image_id = any(${asked.map((id) => requireHexId(id, 'image'))})`
  const rows = await db<MaskRow[]>`
    select * from (
      select distinct on (a.image_id) a.image_id, d.name as image_name, d.stratum, d.width, d.height, d.ordinal, p.rank as panel_rank,
             a.epoch, a.id as artifact_id, b.id as border_artifact_id, i.dice, i.iou, i.accuracy, i.ap50, i.map, i.f1_50,
             i.truth_count, i.predicted_count, i.found, i.merges, i.splits
      from artifact a
      join dataset_image d on d.id = a.image_id
      left join split_panel p on p.image_id = a.image_id and p.split_id = ${run.splitId}
      left join lateral (
        select b.id from artifact b where b.run_id = a.run_id and b.kind = 'border' and b.epoch = a.epoch and b.image_id = a.image_id
        order by b.seq desc limit 1
      ) b on true
      left join image_score i on i.run_id = a.run_id and i.epoch = a.epoch and i.image_id = a.image_id
      where a.run_id = ${runId} and a.kind = 'probability' and a.epoch <= ${upTo} and ${images}
      order by a.image_id, a.epoch desc, a.seq desc
    ) newest order by panel_rank nulls last, ordinal`
  return {
    run_id: runId,
    epochs: epochs.map((row) => row.epoch),
    best_epoch: run.bestEpoch,
    masks: rows.map((row) => ({
      image_id: row.image_id,
      image_name: row.image_name,
      stratum: row.stratum,
      width: row.width,
      height: row.height,
      panel_rank: row.panel_rank,
      epoch: row.epoch,
      artifact_id: row.artifact_id,
      border_artifact_id: row.border_artifact_id,
      score: scoreOf(row),
    })),
  }
}

function scoreOf(row: MaskRow): ImageScoreView | null {
  if (row.dice === null) return null
  const { dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits } = row
  return { dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits }
}
