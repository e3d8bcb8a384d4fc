import { AppError } from '../../errors.ts'
import { type Query, sql } from '../../sql.ts'
import type { LeaseHold } from '../lease.ts'
import { storeEvaluation } from '../store-evaluation.ts'
import type { PointRecord, StoredArtifact, WriteRecord } from './records.ts'

type EpochRecord = Extract<WriteRecord, { type: 'epoch' }>
type EvaluationRecord = Extract<WriteRecord, { type: 'evaluation' }>

/** Checkpoints kept: the last, and the one before in case the last does not read. */
const CHECKPOINTS_KEPT = 2

/**
 * Writes records of one run, each in a transaction that begins by taking the next write sequence under the lease: a
 * holder whose token no longer stands writes nothing.
 */
export class RecordWriter {
  readonly #hold: LeaseHold
  readonly #series = new Map<string, number>()

  constructor(hold: LeaseHold) {
    this.#hold = hold
  }

  /**
   * @returns keys of files that no row names any more
   * @throws AppError LEASE_LOST
   */
  async apply(record: WriteRecord): Promise<string[]> {
    const learnt = new Map<string, number>()
    const obsolete = await sql().begin(async (tx) => {
      const seq = await this.#fence(tx, record)
      switch (record.type) {
        case 'points':
          await this.#insertPoints(tx, record.points, seq, learnt)
          return []
        case 'epoch':
          return this.#writeEpoch(tx, record, seq, learnt)
        case 'artifacts':
          return this.#insertArtifacts(tx, record.artifacts, seq)
        case 'evaluation':
          await this.#storeEvaluation(tx, record)
          return this.#insertArtifacts(tx, record.artifacts, seq)
        case 'log':
          await this.#upsertLog(tx, record.artifact, seq)
          return []
        case 'progress':
          return []
      }
    })
    // Only now: the ids of a transaction that was rolled back do not exist.
    for (const [key, id] of learnt) this.#series.set(key, id)
    return obsolete
  }

  async #fence(tx: Query, record: WriteRecord): Promise<number> {
    const { runId, leaseToken } = this.#hold
    const [row] = await tx<{ seq: number }[]>`
      update run_state set seq = seq + 1, progress_at = now() ${stateOf(tx, record)}
      where run_id = ${runId} and lease_token = ${leaseToken} returning seq`
    if (row === undefined) throw new AppError('LEASE_LOST', `Run ${runId} was given to another worker, or has ended.`)
    return row.seq
  }

  async #writeEpoch(tx: Query, record: EpochRecord, seq: number, learnt: Map<string, number>): Promise<string[]> {
    const points = record.points.map(({ key, value }) => ({ key, step: record.epoch, at: record.at, value }))
    const ids = await this.#seriesIds(tx, points, learnt)
    await tx`delete from metric_point where series_id = any(${[...ids.values()]}::bigint[]) and step = ${record.epoch}`
    await this.#insertPoints(tx, points, seq, learnt)
    await tx`delete from image_score where run_id = ${this.#hold.runId} and epoch = ${record.epoch}`
    if (record.imageScores.length > 0) {
      const scores = JSON.stringify(record.imageScores.map(({ imageId, score }) => ({ image_id: imageId, ...score })))
      await tx`
        insert into image_score (run_id, epoch, image_id, dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits, seq)
        select ${this.#hold.runId}, ${record.epoch}::int, image_id, dice, iou, accuracy, ap50, map, f1_50, truth_count, predicted_count, found, merges, splits, ${seq}::bigint
        from jsonb_to_recordset(${scores}::text::jsonb) as x (image_id text, dice real, iou real, accuracy real, ap50 real, map real, f1_50 real,
          truth_count int, predicted_count int, found int, merges int, splits int)`
    }
    const obsolete = await this.#insertArtifacts(tx, record.artifacts, seq)
    const old = await tx<{ key: string }[]>`
      delete from artifact where run_id = ${this.#hold.runId} and kind = 'checkpoint' and not is_best and epoch < (
        select min(epoch) from (
          select distinct epoch from artifact where run_id = ${this.#hold.runId} and kind = 'checkpoint' order by epoch desc limit ${CHECKPOINTS_KEPT}) newest)
      returning key`
    return [...obsolete, ...old.map((row) => row.key)]
  }

  async #storeEvaluation(tx: Query, { side, epoch, settings, summary, scores }: EvaluationRecord): Promise<void> {
    const { runId } = this.#hold
    const [run] = await tx<{ datasetVersionId: string | null; splitId: string | null }[]>`
      select dataset_version_id as "datasetVersionId", split_id as "splitId" from run where id = ${runId}`
    if (run?.datasetVersionId == null || run.splitId === null)
      throw new AppError('INTERNAL_ERROR', `Run ${runId} has no split whose ${side} side could have been scored.`)
    const { datasetVersionId, splitId } = run
    await storeEvaluation(tx, { runId, modelVersionId: null, datasetVersionId, splitId, side, epoch, settings, summary, scores })
  }

  async #insertPoints(tx: Query, points: readonly PointRecord[], seq: number, learnt: Map<string, number>): Promise<void> {
    if (points.length === 0) return
    const ids = await this.#seriesIds(tx, points, learnt)
    await tx`
      insert into metric_point (series_id, step, at, value, seq)
      select series_id, step, to_timestamp(at / 1000.0), value, ${seq}::bigint
      from unnest(${points.map((p) => ids.get(p.key) ?? null)}::bigint[], ${points.map((p) => p.step)}::bigint[],
                  ${points.map((p) => p.at)}::float8[], ${points.map((p) => p.value)}::float8[]) as p (series_id, step, at, value)
      on conflict do nothing`
  }

  async #seriesIds(tx: Query, points: readonly { key: string }[], learnt: Map<string, number>): Promise<Map<string, number>> {
    const keys = [...new Set(points.map((point) => point.key))]
    const missing = keys.filter((key) => !this.#series.has(key) && !learnt.has(key))
    if (missing.length > 0) {
      const rows = await tx<{ id: number; key: string }[]>`
        insert into metric_series (run_id, key) select ${this.#hold.runId}, unnest(${missing}::text[])
        on conflict (run_id, key) do update set key = excluded.key returning id, key`
      for (const row of rows) learnt.set(row.key, row.id)
    }
    return new Map(keys.map((key) => [key, this.#series.get(key) ?? learnt.get(key) ?? 0]))
  }

  async #insertArtifacts(tx: Query, artifacts: readonly StoredArtifact[], seq: number): Promise<string[]> {
    if (artifacts.length === 0) return []
    const { runId } = this.#hold
    const rows = JSON.stringify(artifacts)
    // What they replace: the same name (an epoch trained again), and the files of an earlier best epoch. Probability maps
    // of epochs 1, 2, 4, 8, .. stay for the epoch slider.
    const replaced = await tx<{ key: string }[]>`
      with fresh as (
        select * from jsonb_to_recordset(${rows}::text::jsonb) as x (key text, name text, kind text, epoch int, "isBest" boolean)
      )
      delete from artifact a where a.run_id = ${runId} and a.key not in (select key from fresh) and (
        a.name in (select name from fresh)
        or (a.is_best and exists (select from fresh f where f."isBest" and f.kind = a.kind and f.epoch > a.epoch)
            and not (a.kind in ('probability', 'border') and (a.epoch & (a.epoch - 1)) = 0)))
      returning a.key`
    await tx`
      update artifact a set is_best = false
      where a.run_id = ${runId} and a.is_best and exists (
        select from jsonb_to_recordset(${rows}::text::jsonb) as f (kind text, epoch int, "isBest" boolean)
        where f."isBest" and f.kind = a.kind and f.epoch > a.epoch)`
    await tx`
      insert into artifact (id, run_id, attempt, kind, name, key, size, sha256, epoch, image_id, is_best, seq)
      select id, ${runId}, attempt, kind, name, key, size, sha256, epoch, "imageId", "isBest", ${seq}::bigint
      from jsonb_to_recordset(${rows}::text::jsonb) as x (id text, attempt int, kind text, name text, key text, size bigint, sha256 text, epoch int, "imageId" text, "isBest" boolean)
      on conflict (key) do nothing`
    return replaced.map((row) => row.key)
  }

  async #upsertLog(tx: Query, log: StoredArtifact, seq: number): Promise<void> {
    await tx`
      insert into artifact (id, run_id, attempt, kind, name, key, size, seq)
      values (${log.id}, ${this.#hold.runId}, ${log.attempt}, 'log', ${log.name}, ${log.key}, ${log.size}, ${seq})
      on conflict (key) do update set size = excluded.size, seq = excluded.seq`
  }
}

/** What a record changes in run_state besides the sequence. */
function stateOf(tx: Query, record: WriteRecord) {
  switch (record.type) {
    case 'epoch':
      return tx`, epoch = ${record.epoch}, step = ${record.step}, images_per_second = ${record.imagesPerSecond}, eta_seconds = ${record.etaSeconds}
        ${record.best === null ? tx`` : tx`, best_epoch = ${record.best.epoch}, best_value = ${record.best.value}`}`
    case 'progress':
      return tx`, step = ${record.step}, images_per_second = ${record.imagesPerSecond}, eta_seconds = ${record.etaSeconds}
        ${record.message === null ? tx`` : tx`, message = ${record.message}`}`
    default:
      return tx``
  }
}
