import { sweepSpecSchema, type SweepSpec } from '../contracts/sweep-spec.ts'
import { isEnded, type RunStatus } from '../contracts/views.ts'
import { CHANNELS, notify } from '../notify.ts'
import { paramFromText } from '../runs/param-text.ts'
import { applyRequest } from '../runs/request.ts'
import { type Query, sql } from '../sql.ts'
import type { Trial } from './bayes.ts'
import { addRuns } from './create-sweep.ts'
import { bestUpTo, type History, judge } from './hyperband.ts'
import { type Point, searchSpace } from './space.ts'
import { trainerSlots } from './trainer-slots.ts'

const ACTOR = 'karyon'
/** Where a live run was last judged, so that each rung judges it once. */
const RUNG_TAG = 'karyon.rung'

interface RunRow {
  id: string
  ordinal: number
  status: RunStatus
  epoch: number
  epochs_total: number
  judged: number
  params: Record<string, string>
  values: { epoch: number; value: number }[]
  removed: boolean
}

interface SweepRow {
  id: string
  experiment_id: number
  dataset_version_id: string
  split_id: string
  run_cap: number
  spec: unknown
  created_by: string
}

/**
 * What running sweeps need from time to time: the next runs of random and Bayesian searches as slots become free, the end
 * of runs that do not pass their rung, and the end of a sweep whose runs have all ended.
 *
 * May be called by any number of processes at any time: each sweep is handled under its row's lock, one that is locked is
 * left to whoever holds it, and a run's place in its sweep is unique. A sweep that fails leaves the others unharmed.
 */
export async function scheduleSweeps(): Promise<void> {
  const due = await sql()<{ id: string }[]>`select id from sweep where state = 'running' and lifecycle_stage = 'active' order by created_at`
  const failures: unknown[] = []
  for (const { id } of due) {
    try {
      await sql().begin((tx) => scheduleOne(tx, id))
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function scheduleOne(tx: Query, sweepId: string): Promise<void> {
  const [sweep] = await tx<SweepRow[]>`
    select id, experiment_id, dataset_version_id, split_id, run_cap, spec, created_by from sweep
    where id = ${sweepId} and state = 'running' for update skip locked`
  if (sweep === undefined) return
  const spec = sweepSpecSchema.parse(sweep.spec)
  const runs = await readRuns(tx, sweepId, spec.metric.name)
  if (spec.early_terminate !== undefined) await prune(tx, runs, spec, spec.early_terminate)
  const added = await topUp(tx, sweep, spec, runs)
  if (added > 0 || !runs.every((run) => isEnded(run.status))) return
  await tx`update sweep set state = 'finished', ended_at = now() where id = ${sweepId}`
  await notify(tx, CHANNELS.queue)
}

/** Deleted runs too: they keep their place, and what they tried is not tried again. */
async function readRuns(tx: Query, sweepId: string, metric: string): Promise<RunRow[]> {
  return tx<RunRow[]>`
    select r.id, r.ordinal, s.status, s.epoch, s.epochs_total, r.lifecycle_stage = 'deleted' as removed,
           coalesce((select t.value::int from tag t where t.run_id = r.id and t.key = ${RUNG_TAG}), 0) as judged,
           (select coalesce(jsonb_object_agg(q.key, q.value), '{}') from param q where q.run_id = r.id) as params,
           coalesce((select jsonb_agg(jsonb_build_object('epoch', p.step, 'value', p.value) order by p.step)
                     from metric_series m join metric_point p on p.series_id = m.id
                     where m.run_id = r.id and m.key = ${metric} and p.value not in ('NaN', 'Infinity', '-Infinity')), '[]') as values
    from run r join run_state s on s.run_id = r.id
    where r.sweep_id = ${sweepId} order by r.ordinal`
}

async function prune(
  tx: Query,
  runs: readonly RunRow[],
  spec: SweepSpec,
  settings: NonNullable<SweepSpec['early_terminate']>,
): Promise<void> {
  const compared = runs.filter((run) => !run.removed && run.status !== 'cancelled')
  const histories = compared.map((run): History => ({
    runId: run.id,
    epoch: run.epoch,
    values: run.values,
    live: run.status === 'running',
    judged: run.judged,
  }))
  const totals = new Map(compared.map((run) => [run.id, run.epochs_total]))
  const { pruned, passed } = judge(histories, settings, spec.metric.goal, (runId) => totals.get(runId) ?? 0)
  for (const run of pruned) {
    await applyRequest(
      tx,
      [run.runId],
      'prune',
      ACTOR,
      `Rank ${run.rank} of ${run.of} by ${spec.metric.name} at epoch ${run.rung}: stopped early by the sweep`,
    )
  }
  for (const { runId, rung } of [...passed, ...pruned]) {
    await tx`insert into tag (run_id, key, value) values (${runId}, ${RUNG_TAG}, ${String(rung)}) on conflict (run_id, key) do update set value = excluded.value`
  }
}

async function topUp(tx: Query, sweep: SweepRow, spec: SweepSpec, runs: readonly RunRow[]): Promise<number> {
  const open = runs.filter((run) => !isEnded(run.status)).length
  // By ordinal, not by number: a run that was deleted for good leaves a gap that is not filled.
  const after = runs.at(-1)?.ordinal ?? 0
  const wanted = Math.min(sweep.run_cap - after, spec.method === 'grid' ? Infinity : (await trainerSlots(tx)) - open)
  if (wanted <= 0) return 0
  const dimensions = searchSpace(spec)
  const trials = runs.map((run): Trial => {
    const point: Point = {}
    for (const { name } of dimensions) {
      const value = run.params[name]
      if (value !== undefined) point[name] = paramFromText(value, 'karyon')
    }
    return { point, value: bestUpTo(run, Infinity, spec.metric.goal) }
  })
  return addRuns(
    tx,
    {
      sweepId: sweep.id,
      experimentId: sweep.experiment_id,
      spec,
      dataset: { versionId: sweep.dataset_version_id, splitId: sweep.split_id },
      actor: sweep.created_by,
      planned: sweep.run_cap,
    },
    { count: wanted, after, trials },
  )
}
