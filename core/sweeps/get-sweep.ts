import { sweepSpecSchema } from '../contracts/sweep-spec.ts'
import { RUN_STATUSES, type RunStatus, type SweepView, toWire } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { requireHexId } from '../runs/ids.ts'
import { sql } from '../sql.ts'

interface SweepRow {
  sweep_id: string
  name: string
  experiment_id: number
  experiment_name: string
  dataset: string
  dataset_synthetic: boolean
  dataset_version_id: string
  split_id: string
  method: SweepView['method']
  metric_name: string
  metric_goal: 'maximize' | 'minimize'
  run_cap: number
  state: SweepView['state']
  spec: unknown
  counts: Partial<Record<RunStatus, number>>
  best_run_id: string | null
  best_value: number | null
  created_at: Date
  ended_at: Date | null
}

/** @throws AppError INVALID_PARAMETER_VALUE for what is no id, RESOURCE_DOES_NOT_EXIST where there is no such sweep */
export async function getSweep(sweepId: string): Promise<SweepView> {
  const [sweep] = await assembleSweeps([requireHexId(sweepId, 'sweep')])
  if (sweep === undefined)
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no sweep ${sweepId}. \`karyon sweep list\` shows those there are.`)
  return sweep
}

/** Views of sweeps in the order of their ids, by one query. The best run is of the greatest (or least) finite value; cancelled runs were thrown away and are none. */
export async function assembleSweeps(sweepIds: readonly string[]): Promise<SweepView[]> {
  if (sweepIds.length === 0) return []
  const rows = await sql()<SweepRow[]>`
    select w.id as sweep_id, w.name, w.experiment_id, e.name as experiment_name, d.name || '@' || v.version as dataset,
           d.synthetic as dataset_synthetic, w.dataset_version_id, w.split_id, w.method, w.metric_name, w.metric_goal, w.run_cap,
           w.state, w.spec, w.created_at, w.ended_at, c.counts, b.run_id as best_run_id, b.value as best_value
    from sweep w
    join experiment e on e.id = w.experiment_id
    join dataset_version v on v.id = w.dataset_version_id
    join dataset d on d.id = v.dataset_id
    cross join lateral (
      select coalesce(jsonb_object_agg(status, n), '{}') as counts from (
        select s.status, count(*) as n from run r join run_state s on s.run_id = r.id
        where r.sweep_id = w.id and r.lifecycle_stage = 'active' group by s.status
      ) of_status
    ) c
    left join lateral (
      select r.id as run_id, p.value
      from run r
      join run_state s on s.run_id = r.id
      join metric_series m on m.run_id = r.id and m.key = w.metric_name
      join metric_point p on p.series_id = m.id
      where r.sweep_id = w.id and r.lifecycle_stage = 'active' and s.status <> 'cancelled'
        and p.value not in ('NaN', 'Infinity', '-Infinity')
      order by case when w.metric_goal = 'maximize' then -p.value else p.value end, r.ordinal
      limit 1
    ) b on true
    where w.id = any(${sweepIds as string[]})`
  const byId = new Map(rows.map((row) => [row.sweep_id, row]))
  return sweepIds.flatMap((id) => {
    const row = byId.get(id)
    return row === undefined ? [] : [toSweepView(row)]
  })
}

function toSweepView(row: SweepRow): SweepView {
  return {
    sweep_id: row.sweep_id,
    name: row.name,
    experiment_id: String(row.experiment_id),
    experiment_name: row.experiment_name,
    dataset: row.dataset,
    dataset_synthetic: row.dataset_synthetic,
    dataset_version_id: row.dataset_version_id,
    split_id: row.split_id,
    method: row.method,
    metric: { name: row.metric_name, goal: row.metric_goal },
    run_cap: row.run_cap,
    state: row.state,
    spec: sweepSpecSchema.parse(row.spec),
    counts: Object.fromEntries(RUN_STATUSES.map((status) => [status, row.counts[status] ?? 0])) as Record<RunStatus, number>,
    best_run_id: row.best_run_id,
    best_value: row.best_value === null ? null : toWire(row.best_value),
    created_at: row.created_at.getTime(),
    ended_at: row.ended_at?.getTime() ?? null,
  }
}
