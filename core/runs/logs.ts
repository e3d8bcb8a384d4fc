import { artifactStore } from '../artifacts/index.ts'
import { toAppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { requireRun } from './require-run.ts'

/** Of one attempt. It grows while the run is live; `size` is how much of it has been announced and may be read. */
export interface LogFile {
  runId: string
  attempt: number
  key: string
  size: number
}

export interface RunLog {
  run_id: string
  lines: string[]
  /** Whether lines before the first were left out. */
  truncated: boolean
}

/** No more is read of one attempt's log at once: a log is looked at from its end. */
const MOST_BYTES = 1 << 20

/** The logs of these runs, oldest attempt first. */
export async function listLogs(runIds: readonly string[]): Promise<LogFile[]> {
  if (runIds.length === 0) return []
  return sql()<LogFile[]>`
    select distinct on (run_id, attempt) run_id as "runId", attempt, key, size from artifact
    where run_id = any(${runIds as string[]}) and kind = 'log' order by run_id, attempt, seq desc`
}

/**
 * The last lines of a run's log, over all its attempts; a run that has written none has none.
 * @param options.tail lines, default 500
 * @throws AppError INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
 */
export async function readLogs(runId: string, options: { tail?: number } = {}): Promise<RunLog> {
  await requireRun(runId)
  const tail = options.tail ?? 500
  const files = await listLogs([runId])
  let lines: string[] = []
  let truncated = false
  for (const file of files.toReversed()) {
    const text = await readLog(file, Math.max(0, file.size - MOST_BYTES), file.size)
    const whole = text.split('\n')
    if (file.size > MOST_BYTES) {
      truncated = true
      whole.shift()
    }
    if (whole.at(-1) === '') whole.pop()
    if (files.length > 1) whole.unshift(`--- attempt ${file.attempt} ---`)
    lines = [...whole, ...lines]
    if (lines.length > tail) break
  }
  if (lines.length > tail) {
    truncated = true
    lines = lines.slice(-tail)
  }
  return { run_id: runId, lines, truncated }
}

/** Bytes `from` (included) to `to` (excluded) as text; nothing where the file is gone. */
export async function readLog(file: LogFile, from: number, to: number): Promise<string> {
  if (to <= from) return ''
  try {
    const chunks: Buffer[] = []
    for await (const chunk of await artifactStore().stream(file.key, { start: from, end: to - 1 })) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString('utf8')
  } catch (thrown) {
    if (toAppError(thrown).code === 'RESOURCE_DOES_NOT_EXIST') return ''
    throw thrown
  }
}
