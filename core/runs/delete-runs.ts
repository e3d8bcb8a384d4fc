import { artifactStore } from '../artifacts/index.ts'
import { isEnded, type RunStatus } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { createJob } from '../jobs/create-job.ts'
import type { JobContext } from '../jobs/definitions.ts'
import { sql } from '../sql.ts'
import { applyRequest } from './request.ts'
import { removeSpools } from './writer/spool.ts'

/** Deleted runs can be restored for so long. */
export const DAYS_KEPT = 30
const REMOVED_A_JOB = 10_000

/**
 * Flags runs as deleted: they leave every list, and can be restored for 30 days. Live ones are cancelled first.
 * @throws AppError RESOURCE_DOES_NOT_EXIST with the id that is unknown; nothing is deleted then
 */
export async function deleteRuns(runIds: readonly string[], actor: string): Promise<void> {
  await sql().begin(async (tx) => {
    await applyRequest(tx, runIds, 'cancel', actor, 'Deleted')
    const rows = await tx<{ id: string }[]>`
      update run set lifecycle_stage = 'deleted', deleted_at = coalesce(deleted_at, now()) where id = any(${[...runIds]}) returning id`
    requireAll(runIds, rows)
  })
}

/** Takes a deletion back. @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function restoreRuns(runIds: readonly string[]): Promise<void> {
  await sql().begin(async (tx) => {
    const rows = await tx<
      { id: string }[]
    >`update run set lifecycle_stage = 'active', deleted_at = null where id = any(${[...runIds]}) returning id`
    requireAll(runIds, rows)
  })
}

function requireAll(wanted: readonly string[], found: readonly { id: string }[]): void {
  const known = new Set(found.map((row) => row.id))
  const missing = wanted.find((id) => !known.has(id))
  if (missing !== undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${missing}.`)
}

/** Queues the removal of runs whose 30 days are over. Cheap to call often: nothing is queued twice. */
export async function queueExpiredDeletions(): Promise<void> {
  const rows = await sql()<{ id: string }[]>`
    select r.id from run r
    where r.lifecycle_stage = 'deleted' and r.deleted_at < now() - make_interval(days => ${DAYS_KEPT})
      and not exists (select from job where kind = 'delete-runs' and status in ('queued', 'running'))
    order by r.deleted_at limit ${REMOVED_A_JOB}`
  if (rows.length > 0) await createJob('delete-runs', { run_ids: rows.map((row) => row.id) }, 'karyon')
}

/**
 * The job of kind delete-runs: removes files, then rows, so that what is interrupted is done again whole. Only runs that
 * are flagged as deleted and have ended; others (restored meanwhile) are left, and counted.
 */
export async function runDeleteRunsJob(payload: { run_ids: string[] }, context: JobContext): Promise<{ removed: number; left: number }> {
  let removed = 0
  for (const [index, runId] of payload.run_ids.entries()) {
    context.signal.throwIfAborted()
    context.report(index / payload.run_ids.length, `Removing run ${index + 1} of ${payload.run_ids.length}`)
    if (await removeRun(runId)) removed++
  }
  return { removed, left: payload.run_ids.length - removed }
}

async function removeRun(runId: string): Promise<boolean> {
  const [row] = await sql()<{ status: RunStatus; lifecycle_stage: string; source: string }[]>`
    select s.status, r.lifecycle_stage, r.source from run r join run_state s on s.run_id = r.id where r.id = ${runId}`
  if (row === undefined || row.lifecycle_stage !== 'deleted') return false
  if (row.source === 'karyon' && !isEnded(row.status)) return false
  await artifactStore().deleteAll(`runs/${runId}`)
  await removeSpools(runId)
  const rows = await sql()`delete from run where id = ${runId} and lifecycle_stage = 'deleted' returning id`
  return rows.length > 0
}
