import { createHash } from 'node:crypto'
import { artifactStore } from '../../artifacts/index.ts'
import { AppError } from '../../errors.ts'
import { sql } from '../../sql.ts'
import type { LeaseHold } from '../lease.ts'

/** A checkpoint that was found whole: read it with `artifactStore().get(key)`. */
export interface CheckpointRef {
  artifactId: string
  key: string
  name: string
  epoch: number
  size: number
  seq: number
}

/** The newest checkpoint, of whichever attempt, whose file has the size and the checksum of its row; null without any. */
export async function newestCheckpoint(runId: string): Promise<CheckpointRef | null> {
  const rows = await sql()<(Omit<CheckpointRef, 'artifactId'> & { id: string; sha256: string | null })[]>`
    select id, key, name, epoch, size, seq, sha256 from artifact
    where run_id = ${runId} and kind = 'checkpoint' and epoch is not null order by epoch desc, seq desc`
  for (const { id, sha256, ...row } of rows) {
    if (await isIntact(row.key, row.size, sha256)) return { artifactId: id, ...row }
  }
  return null
}

async function isIntact(key: string, size: number, sha256: string | null): Promise<boolean> {
  const store = artifactStore()
  try {
    if ((await store.size(key)) !== size) return false
    if (sha256 === null) return true
    const hash = createHash('sha256')
    for await (const chunk of await store.stream(key)) hash.update(chunk as Buffer)
    return hash.digest('hex') === sha256
  } catch (error) {
    if (error instanceof AppError && error.code === 'RESOURCE_DOES_NOT_EXIST') return false
    throw error
  }
}

/**
 * Takes a run back to its checkpoint: what was written after it (the epoch under way, or epochs whose checkpoint was
 * lost) goes, since it is about to be trained again. Logs stay.
 * @throws AppError LEASE_LOST
 */
export async function rewindTo(hold: LeaseHold, checkpoint: CheckpointRef | null): Promise<void> {
  const epoch = checkpoint?.epoch ?? 0
  const after = checkpoint?.seq ?? -1
  const keys = await sql().begin(async (tx) => {
    const fenced = await tx`
      update run_state set seq = seq + 1, epoch = ${epoch}, message = ${checkpoint === null ? 'started again' : `resumed from epoch ${epoch}`},
        best_value = case when best_epoch <= ${epoch} then best_value end, best_epoch = case when best_epoch <= ${epoch} then best_epoch end
      where run_id = ${hold.runId} and lease_token = ${hold.leaseToken} returning seq`
    if (fenced.length === 0) throw new AppError('LEASE_LOST', `Run ${hold.runId} was given to another worker, or has ended.`)
    await tx`delete from metric_point p using metric_series m where m.id = p.series_id and m.run_id = ${hold.runId} and p.seq > ${after}`
    await tx`delete from image_score where run_id = ${hold.runId} and seq > ${after}`
    await tx`delete from evaluation where run_id = ${hold.runId} and model_version_id is null and epoch > ${epoch}`
    // A model.json that was written again once the weights were tuned replaced the first: taken away, it would leave
    // weights that nothing describes.
    return tx<{ key: string }[]>`
      delete from artifact where run_id = ${hold.runId} and kind <> 'log' and seq > ${after} and not (kind = 'model' and epoch <= ${epoch})
      returning key`
  })
  for (const { key } of keys) await artifactStore().delete(key)
}
