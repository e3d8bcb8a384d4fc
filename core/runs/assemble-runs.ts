import { type RunStatus, type RunView, toWire } from '../contracts/views.ts'
import { metricSummaries } from '../metrics/summaries.ts'
import { sql } from '../sql.ts'
import { paramFromText } from './param-text.ts'

interface RunRow {
  run_id: string
  name: string
  experiment_id: number
  experiment_name: string
  sweep_id: string | null
  sweep_name: string | null
  ordinal: number | null
  source: 'karyon' | 'external'
  dataset: string | null
  dataset_synthetic: boolean | null
  dataset_version_id: string | null
  split_id: string | null
  split_seed: number | null
  status: RunStatus | null
  message: string | null
  request: RunView['request']
  attempt: number | null
  epoch: number | null
  epochs_total: number | null
  step: number | null
  best_epoch: number | null
  best_value: number | null
  images_per_second: number | null
  eta_seconds: number | null
  seq: number | null
  notes: string
  starred: boolean
  lifecycle_stage: 'active' | 'deleted'
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
}

export interface AssembleOptions {
  /** Summaries of the keys that grow by the second too (see metricSummaries). */
  frequentMetrics?: boolean
}

/** The views of runs, in the order of their ids, by four queries however many runs; ids that do not exist are left out. */
export async function assembleRuns(runIds: readonly string[], options: AssembleOptions = {}): Promise<RunView[]> {
  if (runIds.length === 0) return []
  const ids = runIds as string[]
  const db = sql()
  const [rows, params, tags, metrics] = await Promise.all([
    db<RunRow[]>`
      select r.id as run_id, r.name, r.experiment_id, e.name as experiment_name, r.sweep_id, w.name as sweep_name, r.ordinal, r.source,
             d.name || '@' || v.version as dataset, d.synthetic as dataset_synthetic, r.dataset_version_id, r.split_id, p.seed as split_seed,
             s.status, s.message, s.request, s.attempt, s.epoch, s.epochs_total, s.step, s.best_epoch, s.best_value,
             s.images_per_second, s.eta_seconds, s.seq, r.notes, r.starred, r.lifecycle_stage, r.created_at, s.started_at, s.ended_at
      from run r
      join experiment e on e.id = r.experiment_id
      left join run_state s on s.run_id = r.id
      left join sweep w on w.id = r.sweep_id
      left join dataset_version v on v.id = r.dataset_version_id
      left join dataset d on d.id = v.dataset_id
      left join split p on p.id = r.split_id
      where r.id = any(${ids})`,
    db<{ run_id: string; key: string; value: string }[]>`select run_id, key, value from param where run_id = any(${ids}) order by key`,
    db<{ run_id: string; key: string; value: string }[]>`select run_id, key, value from tag where run_id = any(${ids}) order by key`,
    metricSummaries(ids, { frequent: options.frequentMetrics ?? false }),
  ])
  const byId = new Map(rows.map((row) => [row.run_id, row]))
  const paramsOf = groupByRun(params)
  const tagsOf = groupByRun(tags)
  return runIds.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    return [
      toRunView(row, {
        params: Object.fromEntries((paramsOf.get(id) ?? []).map((p) => [p.key, paramFromText(p.value, row.source)])),
        tags: Object.fromEntries((tagsOf.get(id) ?? []).map((t) => [t.key, t.value])),
        metrics: metrics.get(id) ?? {},
      }),
    ]
  })
}

function toRunView(row: RunRow, rest: Pick<RunView, 'params' | 'tags' | 'metrics'>): RunView {
  return {
    run_id: row.run_id,
    name: row.name,
    experiment_id: String(row.experiment_id),
    experiment_name: row.experiment_name,
    sweep_id: row.sweep_id,
    sweep_name: row.sweep_name,
    ordinal: row.ordinal,
    source: row.source,
    dataset: row.dataset,
    dataset_synthetic: row.dataset_synthetic ?? false,
    dataset_version_id: row.dataset_version_id,
    split_id: row.split_id,
    split_seed: row.split_seed,
    status: row.status ?? 'queued',
    message: row.message ?? '',
    request: row.request,
    attempt: row.attempt ?? 0,
    epoch: row.epoch ?? 0,
    epochs_total: row.epochs_total ?? 0,
    step: row.step ?? 0,
    best_epoch: row.best_epoch,
    best_value: row.best_value === null ? null : toWire(row.best_value),
    images_per_second: row.images_per_second,
    eta_seconds: row.eta_seconds,
    seq: row.seq ?? 0,
    notes: row.notes,
    starred: row.starred,
    lifecycle_stage: row.lifecycle_stage,
    ...rest,
    created_at: row.created_at.getTime(),
    started_at: row.started_at?.getTime() ?? null,
    ended_at: row.ended_at?.getTime() ?? null,
  }
}

function groupByRun<T extends { run_id: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(row.run_id)
    if (group === undefined) groups.set(row.run_id, [row])
    else group.push(row)
  }
  return groups
}
