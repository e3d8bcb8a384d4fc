import type { RunStatus } from '../contracts/views.ts'
import { CHANNELS, notify } from '../notify.ts'
import { type Query, sql } from '../sql.ts'
import { LEASE_SECONDS, type LeaseHold, MOST_FRUITLESS_ATTEMPTS } from './lease.ts'
import { recordTransitions } from './transition.ts'

interface LostRow {
  run_id: string
  status: RunStatus
  epoch: number
  claimed_epoch: number
  fruitless: number
  request: 'stop' | 'cancel' | 'prune' | null
  trainer: string | null
  has_model: boolean
}

interface Outcome {
  status: RunStatus
  message: string
  fruitless: number
  /** Seconds until it may be claimed again. */
  wait: number
}

/**
 * Takes back runs that nobody trains any more: those whose lease expired by the database's clock, or one whose child its
 * own agent saw end (`hold` and why). They are queued again; one that was asked to stop gets the end that was asked for;
 * one that made no progress for five attempts is given up.
 *
 * After a database restart leases are left alone for one lease's time, so that trainers that lived through it can renew.
 * @returns ids of the runs that changed
 */
export async function recoverLostRuns(
  lost: { expired: true; actor: string } | { hold: LeaseHold; why: string; actor: string },
): Promise<string[]> {
  return sql().begin(async (tx) => {
    const which =
      'hold' in lost
        ? tx`s.run_id = ${lost.hold.runId} and s.lease_token = ${lost.hold.leaseToken}`
        : tx`s.status in ('running', 'stopping') and s.lease_expires_at < now()
             and pg_postmaster_start_time() < now() - make_interval(secs => ${LEASE_SECONDS})`
    const rows = await tx<LostRow[]>`
      select s.run_id, s.status, s.epoch, s.claimed_epoch, s.fruitless, s.request, t.name as trainer,
             exists (select from artifact a where a.run_id = s.run_id and a.kind = 'model') as has_model
      from run_state s left join trainer t on t.id = s.trainer_id
      where ${which}
      for update of s skip locked`
    for (const row of rows) {
      const why = 'hold' in lost ? lost.why : `Its trainer${row.trainer === null ? '' : ` ${row.trainer}`} stopped answering`
      await settle(tx, row, decide(row, why), why, lost.actor)
    }
    if (rows.length > 0) await notify(tx, CHANNELS.queue)
    return rows.map((row) => row.run_id)
  })
}

/** Gives a run back unharmed, because its trainer is being shut down: it counts as no failed attempt. */
export async function releaseRun(hold: LeaseHold, actor: string): Promise<boolean> {
  return sql().begin(async (tx) => {
    const [row] = await tx<LostRow[]>`
      select s.run_id, s.status, s.epoch, s.claimed_epoch, s.fruitless, s.request, null as trainer,
             exists (select from artifact a where a.run_id = s.run_id and a.kind = 'model') as has_model
      from run_state s where s.run_id = ${hold.runId} and s.lease_token = ${hold.leaseToken}
      for update of s`
    if (row === undefined) return false
    const why = 'The trainer was shut down'
    const outcome =
      row.request === null
        ? { status: 'queued' as const, message: `${why}; goes on from its last epoch`, fruitless: row.fruitless, wait: 0 }
        : decide(row, why)
    await settle(tx, row, outcome, why, actor)
    await notify(tx, CHANNELS.queue)
    return true
  })
}

function decide(row: LostRow, why: string): Outcome {
  if (row.request !== null) return { ...outcomeOfRequest(row.request, row.has_model, row.epoch), fruitless: row.fruitless, wait: 0 }
  if (row.epoch > row.claimed_epoch) return { status: 'queued', message: `${why}; goes on from epoch ${row.epoch}`, fruitless: 0, wait: 0 }
  const fruitless = row.fruitless + 1
  if (fruitless >= MOST_FRUITLESS_ATTEMPTS) {
    return {
      status: 'failed',
      message: `Given up after ${fruitless} attempts without a further epoch. The last: ${why}.`,
      fruitless,
      wait: 0,
    }
  }
  // The first retry comes soon (an interruption), further ones ever later (a crash).
  const wait = 2 ** fruitless - 1
  return { status: 'queued', message: `${why}; tried again in ${wait} s`, fruitless, wait }
}

/** How a run ends that was asked to and that nobody trains: with its best model so far where there is one. */
export function outcomeOfRequest(
  request: 'stop' | 'cancel' | 'prune',
  hasModel: boolean,
  epoch: number,
): { status: RunStatus; message: string } {
  switch (request) {
    case 'cancel':
      return { status: 'cancelled', message: 'Cancelled' }
    case 'prune':
      return { status: 'pruned', message: `Stopped early at epoch ${epoch} by the sweep` }
    case 'stop':
      return hasModel
        ? { status: 'finished', message: `Stopped at epoch ${epoch}; the best model so far is kept` }
        : { status: 'cancelled', message: 'Stopped before its first epoch was complete' }
  }
}

async function settle(tx: Query, row: LostRow, outcome: Outcome, why: string, actor: string): Promise<void> {
  const ended = outcome.status !== 'queued'
  await tx`
    update run_state set
      status = ${outcome.status}, lease_token = null, lease_expires_at = null, trainer_id = null, seq = seq + 1,
      message = ${outcome.message}, fruitless = ${outcome.fruitless}, eta_seconds = null, images_per_second = null,
      not_before = ${outcome.wait > 0 ? tx`now() + make_interval(secs => ${outcome.wait})` : null},
      queued_at = ${ended ? tx`queued_at` : tx`now()`}, ended_at = ${ended ? tx`now()` : null}
    where run_id = ${row.run_id}`
  await recordTransitions(tx, [{ runId: row.run_id, from: row.status, to: outcome.status, actor, reason: ended ? outcome.message : why }])
  await notify(tx, CHANNELS.run, row.run_id)
}
