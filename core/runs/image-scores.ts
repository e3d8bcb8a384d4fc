import type { ImageScoreView } from '../contracts/views.ts'
import { sql } from '../sql.ts'
import { requireRun } from './require-run.ts'

export interface RunImageScore {
  image_id: string
  image_name: string
  stratum: string
  panel_rank: number | null
  score: ImageScoreView
}
export interface RunImageScores {
  run_id: string
  /** Epochs that have scores, ascending. */
  epochs: number[]
  /** The epoch whose scores follow: the newest at or before the one asked for; null where there are none. */
  epoch: number | null
  images: RunImageScore[]
}

/**
 * Scores of every validation image at one epoch, worst Dice first.
 * @param options.epoch a number, or `best` (the run's best epoch so far, else the newest); default the newest
 */
export async function getImageScores(runId: string, options: { epoch?: number | 'best' } = {}): Promise<RunImageScores> {
  const run = await requireRun(runId)
  const db = sql()
  const epochs = (await db<{ epoch: number }[]>`select distinct epoch from image_score where run_id = ${runId} order by epoch`).map(
    (row) => row.epoch,
  )
  const wanted = options.epoch === 'best' ? (run.bestEpoch ?? Infinity) : (options.epoch ?? Infinity)
  const epoch = epochs.filter((e) => e <= wanted).at(-1) ?? null
  if (epoch === null) return { run_id: runId, epochs, epoch, images: [] }
  const rows = await db<(ImageScoreView & Omit<RunImageScore, 'score'>)[]>`
    select i.image_id, d.name as image_name, d.stratum, p.rank as panel_rank, i.dice, i.iou, i.accuracy, i.ap50, i.map, i.f1_50,
           i.truth_count, i.predicted_count, i.found, i.merges, i.splits
    from image_score i join dataset_image d on d.id = i.image_id
    left join split_panel p on p.image_id = i.image_id and p.split_id = ${run.splitId}
    where i.run_id = ${runId} and i.epoch = ${epoch} order by i.dice, d.ordinal`
  return {
    run_id: runId,
    epochs,
    epoch,
    images: rows.map(({ image_id, image_name, stratum, panel_rank, ...score }) => ({ image_id, image_name, stratum, panel_rank, score })),
  }
}
