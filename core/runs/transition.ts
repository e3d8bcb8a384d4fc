import type { RunStatus } from '../contracts/views.ts'
import type { Query } from '../sql.ts'

export interface Transition {
  runId: string
  from: RunStatus | null
  to: RunStatus
  /** Who did it: a user's name, `trainer:<name>`, `karyon`. */
  actor: string
  reason?: string
}

/** Records changes of status; called in the transaction that makes them. */
export async function recordTransitions(tx: Query, list: readonly Transition[]): Promise<void> {
  if (list.length === 0) return
  await tx`
    insert into run_transition (run_id, from_status, to_status, actor, reason)
    select * from unnest(
      ${list.map((t) => t.runId)}::text[], ${list.map((t) => t.from)}::text[], ${list.map((t) => t.to)}::text[],
      ${list.map((t) => t.actor)}::text[], ${list.map((t) => t.reason ?? '')}::text[])`
}
