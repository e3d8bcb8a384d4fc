import { type RunParameters, runParametersSchema } from '../contracts/run-parameters.ts'
import { CHANNELS, notify } from '../notify.ts'
import { sql } from '../sql.ts'
import { endRun } from './end-run.ts'
import { LEASE_SECONDS } from './lease.ts'
import { recoverLostRuns } from './recover-runs.ts'

/** All that a trainer needs to know to train a run. Travels to the child as one IPC message. */
export interface ClaimedRun {
  runId: string
  leaseToken: string
  /** From 1; each claim is one more. Files lie under runs/<run>/<attempt>/. */
  attempt: number
  name: string
  params: RunParameters
  datasetVersionId: string
  splitId: string
  limitImages: number | null
  /** What "best" means. */
  metric: { name: string; goal: 'maximize' | 'minimize' }
}

interface ClaimRow {
  run_id: string
  lease_token: string
  attempt: number
  name: string
  dataset_version_id: string
  split_id: string
  limit_images: number | null
  metric_name: string
  metric_goal: 'maximize' | 'minimize'
}

/**
 * Gives the next run to a trainer, or null when there is none: oldest sweep first, in a sweep by ordinal. Runs whose
 * lease expired are put back (or settled) first, so they are among those that may be given.
 *
 * One statement claims, and SKIP LOCKED lets claimers pass each other: no two ever get one run.
 */
export async function claimRun(trainerId: string, actor = `trainer:${trainerId}`): Promise<ClaimedRun | null> {
  await recoverLostRuns({ expired: true, actor })
  for (;;) {
    const row = await claimRow(trainerId, actor)
    if (row === null) return null
    const params = await readParams(row.run_id)
    const parsed = runParametersSchema.safeParse(params)
    if (parsed.success) {
      return {
        runId: row.run_id,
        leaseToken: row.lease_token,
        attempt: row.attempt,
        name: row.name,
        params: parsed.data,
        datasetVersionId: row.dataset_version_id,
        splitId: row.split_id,
        limitImages: row.limit_images,
        metric: { name: row.metric_name, goal: row.metric_goal },
      }
    }
    // Written by another version of Karyon, or by hand: this one cannot be trained, the next may.
    const issue = parsed.error.issues[0]
    const reason = `The parameter ${issue?.path.join('.') ?? ''} cannot be used: ${issue?.message ?? 'invalid'}.`
    await endRun({ runId: row.run_id, leaseToken: row.lease_token, status: 'failed', message: reason, actor })
  }
}

async function claimRow(trainerId: string, actor: string): Promise<ClaimRow | null> {
  const [row] = await sql()<ClaimRow[]>`
    with candidate as (
      select s.run_id
      from run_state s
      join run r on r.id = s.run_id
      left join sweep w on w.id = r.sweep_id
      where s.status = 'queued' and s.request is null and (s.not_before is null or s.not_before <= now())
        and r.source = 'karyon' and r.lifecycle_stage = 'active' and (w.id is null or w.state = 'running')
      order by coalesce(w.created_at, r.created_at), w.id, r.ordinal, r.created_at, r.id
      limit 1
      for update of s skip locked
    ), claimed as (
      update run_state s
      set status = 'running', lease_token = gen_random_uuid(), lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
          trainer_id = ${trainerId}, attempt = s.attempt + 1, seq = s.seq + 1, claimed_epoch = s.epoch, not_before = null,
          message = '', started_at = coalesce(s.started_at, now()), progress_at = now()
      from candidate c where s.run_id = c.run_id
      returning s.run_id, s.lease_token, s.attempt
    ), noted as (
      insert into run_transition (run_id, from_status, to_status, actor, reason)
      select run_id, 'queued', 'running', ${actor}, 'attempt ' || attempt from claimed
    )
    select c.run_id, c.lease_token, c.attempt, r.name, r.dataset_version_id, r.split_id,
           (w.spec ->> 'limit_images')::int as limit_images,
           coalesce(w.metric_name, 'val/dice') as metric_name, coalesce(w.metric_goal, 'maximize') as metric_goal
    from claimed c
    join run r on r.id = c.run_id
    left join sweep w on w.id = r.sweep_id`
  if (row === undefined) return null
  await notify(sql(), CHANNELS.run, row.run_id)
  return row
}

async function readParams(runId: string): Promise<Record<string, unknown>> {
  const rows = await sql()<{ key: string; value: string }[]>`select key, value from param where run_id = ${runId}`
  return Object.fromEntries(rows.map(({ key, value }) => [key, parseJson(value)]))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
