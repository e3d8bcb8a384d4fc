import type { JobView } from '../contracts/views.ts'

export interface JobRow {
  id: string
  kind: JobView['kind']
  payload: Record<string, unknown>
  status: JobView['status']
  progress: number
  message: string
  /** The only machine that can do it; null: any. */
  host: string | null
  /** Queued for a host on which no trainer lives. */
  unattended?: boolean
  result: Record<string, unknown> | null
  error: JobView['error']
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
}

/** A CSV in a payload may be megabytes: it is left out of what is shown. */
export function toJobView(row: JobRow): JobView {
  const { group_csv: csv, ...payload } = row.payload
  return {
    job_id: row.id,
    kind: row.kind,
    status: row.status,
    progress: row.progress,
    message:
      row.unattended === true
        ? `Its files are on ${row.host}, where no trainer runs: start one there (\`npm start\` or \`npx karyon trainer\`).`
        : row.message,
    host: row.host,
    payload: csv === undefined ? payload : { ...payload, group_csv: '…' },
    result: row.result,
    error: row.error,
    created_at: row.created_at.getTime(),
    started_at: row.started_at?.getTime() ?? null,
    ended_at: row.ended_at?.getTime() ?? null,
  }
}
