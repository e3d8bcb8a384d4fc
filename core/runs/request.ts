import { isEnded, type RunStatus } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { type Query, sql } from '../sql.ts'
import { outcomeOfRequest } from './recover-runs.ts'
import type { RunRequest } from './renew-leases.ts'
import { recordTransitions } from './transition.ts'

/** Ends a run early and keeps its best model so far: it becomes finished. */
export const requestStop = (runId: string, actor: string): Promise<RunStatus> => requestOne(runId, 'stop', actor, '')
/** Ends a run and throws its result away: it becomes cancelled. */
export const requestCancel = (runId: string, actor: string): Promise<RunStatus> => requestOne(runId, 'cancel', actor, '')
/** Early stopping by the sweep: it becomes pruned, its best model so far is kept. */
export const requestPrune = (runId: string, actor: string, reason: string): Promise<RunStatus> => requestOne(runId, 'prune', actor, reason)

async function requestOne(runId: string, request: RunRequest, actor: string, reason: string): Promise<RunStatus> {
  return sql().begin(async (tx) => {
    const changed = await applyRequest(tx, [runId], request, actor, reason)
    const status = changed.get(runId)
    if (status === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${runId}.`)
    if (status === 'external') throw new AppError('RESOURCE_CONFLICT', `Run ${runId} is logged by another program: stop it there.`)
    if (status.before !== status.after || !isEnded(status.after)) return status.after
    throw new AppError('RESOURCE_CONFLICT', `Run ${runId} has already ended (${status.after}): there is nothing to ${request}.`)
  })
}

type Changed = Map<string, { before: RunStatus; after: RunStatus } | 'external'>

/**
 * Asks the same of many runs within a caller's transaction (a sweep that is cancelled). Queued runs end at once, live
 * ones become stopping and their agent is told; those that have ended stay as they are. A cancel outranks the others.
 */
export async function applyRequest(
  tx: Query,
  runIds: readonly string[],
  request: RunRequest,
  actor: string,
  reason = '',
): Promise<Changed> {
  // Locked in the order of their ids, so that two callers cannot wait for each other.
  const rows = await tx<
    { run_id: string; status: RunStatus; request: RunRequest | null; epoch: number; source: string; lost: boolean; has_model: boolean }[]
  >`
    select s.run_id, s.status, s.request, s.epoch, r.source, coalesce(s.lease_expires_at < now(), false) as lost,
           exists (select from artifact a where a.run_id = s.run_id and a.kind = 'model') as has_model
    from run_state s join run r on r.id = s.run_id
    where s.run_id = any(${[...runIds]}) order by s.run_id for update of s`
  const changed: Changed = new Map()
  for (const row of rows) {
    if (row.source !== 'karyon') {
      changed.set(row.run_id, 'external')
      continue
    }
    const after = await applyToOne(tx, row, request, actor, reason)
    changed.set(row.run_id, { before: row.status, after })
  }
  return changed
}

async function applyToOne(
  tx: Query,
  row: { run_id: string; status: RunStatus; request: RunRequest | null; epoch: number; lost: boolean; has_model: boolean },
  request: RunRequest,
  actor: string,
  reason: string,
): Promise<RunStatus> {
  if (isEnded(row.status)) return row.status
  const note = async (to: RunStatus, why: string): Promise<RunStatus> => {
    await recordTransitions(tx, [{ runId: row.run_id, from: row.status, to, actor, reason: why }])
    await notify(tx, CHANNELS.run, row.run_id)
    return to
  }
  // Nobody trains it, or its trainer has been silent for too long to be waited for: it ends at once.
  if (row.status === 'queued' || row.lost) {
    const { status, message } = outcomeOfRequest(request, row.has_model, row.epoch)
    await tx`
      update run_state set status = ${status}, request = ${request}, message = ${reason || message}, ended_at = now(),
        lease_token = null, lease_expires_at = null, not_before = null, eta_seconds = null, seq = seq + 1
      where run_id = ${row.run_id}`
    return note(status, reason || message)
  }
  if (row.request === request || row.request === 'cancel') return row.status
  await tx`update run_state set status = 'stopping', request = ${request}, message = ${reason || WORDS[request]}, seq = seq + 1 where run_id = ${row.run_id}`
  await notify(tx, CHANNELS.request, row.run_id)
  return note('stopping', reason || WORDS[request])
}

const WORDS: Record<RunRequest, string> = { stop: 'Asked to stop', cancel: 'Asked to cancel', prune: 'Stopped early by the sweep' }
