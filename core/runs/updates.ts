import { type ArtifactView, type RunStatus, type StreamEvent, toWire } from '../contracts/views.ts'
import { sql } from '../sql.ts'
import { type LogFile, readLog } from './logs.ts'

/** Where a run stands now, as far as live views go. */
export interface RunHeadRow {
  run_id: string
  seq: number
  status: RunStatus
  message: string
  request: 'stop' | 'cancel' | 'prune' | null
  attempt: number
  started_at: Date | null
  ended_at: Date | null
  epoch: number
  epochs_total: number
  step: number
  images_per_second: number | null
  eta_seconds: number | null
  best_epoch: number | null
  best_value: number | null
}

/** What a run wrote after `from`, up to and including `to`. */
export interface UpdateRange {
  runId: string
  from: number
  to: number
}

/** A curve that someone has not looked at for hours comes with its newest points; the whole of it is a query away. */
const MOST_POINTS_OF_A_SERIES = 2000
/** Of a log that grew while nobody looked. */
const MOST_LOG_BYTES = 256 * 1024

export async function readHeads(runIds: readonly string[]): Promise<Map<string, RunHeadRow>> {
  if (runIds.length === 0) return new Map()
  const rows = await sql()<RunHeadRow[]>`
    select run_id, seq, status, message, request, attempt, started_at, ended_at, epoch, epochs_total, step, images_per_second, eta_seconds,
           best_epoch, best_value
    from run_state where run_id = any(${runIds as string[]})`
  return new Map(rows.map((row) => [row.run_id, row]))
}

export interface ScopedRun {
  runId: string
  sweepId: string | null
  experimentId: number
}

/** Runs of sweeps and experiments that may still have something to tell: live and waiting ones, those just ended, and those asked for by id. */
export async function readScopedRuns(scope: {
  sweepIds: readonly string[]
  experimentIds: readonly number[]
  alsoRuns?: readonly string[]
}): Promise<ScopedRun[]> {
  if (scope.sweepIds.length === 0 && scope.experimentIds.length === 0) return []
  return sql()<ScopedRun[]>`
    select r.id as "runId", r.sweep_id as "sweepId", r.experiment_id as "experimentId"
    from run r join run_state s on s.run_id = r.id
    where r.lifecycle_stage = 'active' and (r.sweep_id = any(${scope.sweepIds as string[]}) or r.experiment_id = any(${scope.experimentIds as number[]}::int[]))
      and (s.ended_at is null or s.ended_at > now() - interval '2 minutes' or r.id = any(${(scope.alsoRuns ?? []) as string[]}))
    order by r.created_at, r.ordinal`
}

/**
 * What runs wrote within their ranges: points by curve, files, log lines. Rows are told apart by the write sequence of
 * the transaction that wrote them; a range's end was committed when it was read, so nothing is still to come below it.
 *
 * Nothing is said of points that a resumed run replaced and did not write again.
 */
export async function readUpdates(ranges: readonly UpdateRange[]): Promise<StreamEvent[]> {
  if (ranges.length === 0) return []
  const db = sql()
  const wanted = db`unnest(${ranges.map((r) => r.runId)}::text[], ${ranges.map((r) => r.from)}::bigint[], ${ranges.map((r) => r.to)}::bigint[]) as c(run_id, low, high)`
  const [points, artifacts] = await Promise.all([
    db<{ run_id: string; key: string; step: number; at: Date; value: number }[]>`
      select run_id, key, step, at, value from (
        select m.run_id, m.key, p.step, p.at, p.value,
               row_number() over (partition by p.series_id order by p.step desc, p.at desc, p.value desc) as newest
        from ${wanted} join metric_series m on m.run_id = c.run_id
        join metric_point p on p.series_id = m.id and p.seq > c.low and p.seq <= c.high
      ) fresh where newest <= ${MOST_POINTS_OF_A_SERIES} order by run_id, key, step, at, value`,
    db<ArtifactRow[]>`
      select a.run_id, a.id as artifact_id, a.kind, a.name, a.size, a.epoch, a.image_id, a.created_at
      from ${wanted} join artifact a on a.run_id = c.run_id and a.seq > c.low and a.seq <= c.high and a.kind <> 'log'
      order by a.run_id, a.seq, a.name`,
  ])
  const events: StreamEvent[] = []
  let curve: Extract<StreamEvent, { type: 'points' }> | undefined
  for (const p of points) {
    if (curve?.run_id !== p.run_id || curve.key !== p.key)
      events.push((curve = { type: 'points', run_id: p.run_id, key: p.key, points: [] }))
    curve.points.push({ step: p.step, at: p.at.getTime(), value: toWire(p.value) })
  }
  for (const a of artifacts) events.push({ type: 'artifact', run_id: a.run_id, artifact: toArtifactView(a) })
  return events
}

/** Logs that grew within the ranges. */
export async function readGrownLogs(ranges: readonly UpdateRange[]): Promise<LogFile[]> {
  if (ranges.length === 0) return []
  const db = sql()
  return db<LogFile[]>`
    select a.run_id as "runId", a.attempt, a.key, a.size
    from unnest(${ranges.map((r) => r.runId)}::text[], ${ranges.map((r) => r.from)}::bigint[], ${ranges.map((r) => r.to)}::bigint[]) as c(run_id, low, high)
    join artifact a on a.run_id = c.run_id and a.kind = 'log' and a.seq > c.low and a.seq <= c.high
    order by a.run_id, a.attempt`
}

/** The lines of a log between two sizes of it; of a long stretch the end. */
export async function readLogLines(file: LogFile, from: number): Promise<string[]> {
  const start = Math.max(from, file.size - MOST_LOG_BYTES)
  const lines = (await readLog(file, start, file.size)).split('\n')
  if (start > from) lines.shift()
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export function statusEvent(head: RunHeadRow): StreamEvent {
  return {
    type: 'status',
    run_id: head.run_id,
    status: head.status,
    message: head.message,
    request: head.request,
    attempt: head.attempt,
    started_at: head.started_at?.getTime() ?? null,
    ended_at: head.ended_at?.getTime() ?? null,
  }
}

export function progressEvent(head: RunHeadRow): StreamEvent {
  return {
    type: 'progress',
    run_id: head.run_id,
    epoch: head.epoch,
    epochs_total: head.epochs_total,
    step: head.step,
    images_per_second: head.images_per_second,
    eta_seconds: head.eta_seconds,
    best_epoch: head.best_epoch,
    best_value: head.best_value === null ? null : toWire(head.best_value),
  }
}

interface ArtifactRow {
  run_id: string
  artifact_id: string
  kind: string
  name: string
  size: number
  epoch: number | null
  image_id: string | null
  created_at: Date
}

const toArtifactView = (row: ArtifactRow): ArtifactView => ({
  artifact_id: row.artifact_id,
  kind: row.kind,
  name: row.name,
  size: row.size,
  epoch: row.epoch,
  image_id: row.image_id,
  created_at: row.created_at.getTime(),
})
