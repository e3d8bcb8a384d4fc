import type { RunStatus } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { sql } from '../sql.ts'
import { recordTransitions } from './transition.ts'

export type EndStatus = Extract<RunStatus, 'finished' | 'failed' | 'cancelled' | 'pruned'>

/**
 * Ends a run; only the holder of its lease can. From here on its params, points and artifacts are immutable.
 * @throws AppError LEASE_LOST when the run was given to another worker, or ended meanwhile
 */
export async function endRun(end: {
  runId: string
  leaseToken: string
  status: EndStatus
  message: string
  actor?: string
}): Promise<void> {
  await sql().begin(async (tx) => {
    const [row] = await tx<{ status: RunStatus; trainer: string | null }[]>`
      select s.status, t.name as trainer from run_state s left join trainer t on t.id = s.trainer_id
      where s.run_id = ${end.runId} and s.lease_token = ${end.leaseToken} for update of s`
    if (row === undefined) throw new AppError('LEASE_LOST', `Run ${end.runId} no longer belongs to this worker.`)
    await tx`
      update run_state set status = ${end.status}, lease_token = null, lease_expires_at = null, ended_at = now(), seq = seq + 1,
        message = ${end.message}, eta_seconds = null
      where run_id = ${end.runId}`
    const actor = end.actor ?? `trainer:${row.trainer ?? 'unknown'}`
    await recordTransitions(tx, [{ runId: end.runId, from: row.status, to: end.status, actor, reason: end.message }])
    await notify(tx, CHANNELS.run, end.runId)
    await notify(tx, CHANNELS.queue)
  })
}
