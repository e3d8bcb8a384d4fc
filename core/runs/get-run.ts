import type { RunView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { assembleRuns } from './assemble-runs.ts'
import { requireHexId } from './ids.ts'

/**
 * One run with its parameters, tags and the summaries of all its metrics; deleted ones too, until they are removed.
 * @throws AppError INVALID_PARAMETER_VALUE for what is no id, RESOURCE_DOES_NOT_EXIST where there is no such run
 */
export async function getRun(runId: string): Promise<RunView> {
  const [run] = await assembleRuns([requireHexId(runId, 'run')], { frequentMetrics: true })
  if (run === undefined)
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${runId}. \`karyon run list\` shows those there are.`)
  return run
}

/** Several runs in the order of their ids, e.g. to compare them. @throws AppError as getRun, naming the first that is missing */
export async function getRuns(runIds: readonly string[]): Promise<RunView[]> {
  const runs = await assembleRuns(
    runIds.map((id) => requireHexId(id, 'run')),
    { frequentMetrics: true },
  )
  const found = new Set(runs.map((run) => run.run_id))
  const missing = runIds.find((id) => !found.has(id))
  if (missing !== undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${missing}.`)
  return runs
}
