import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { requireHexId } from './ids.ts'

export interface RunHead {
  runId: string
  datasetVersionId: string | null
  splitId: string | null
  bestEpoch: number | null
}

/**
 * The little that reads beside a run need of it.
 * @throws AppError INVALID_PARAMETER_VALUE for what is no id, RESOURCE_DOES_NOT_EXIST where there is no such run
 */
export async function requireRun(runId: string): Promise<RunHead> {
  requireHexId(runId, 'run')
  const [row] = await sql()<RunHead[]>`
    select r.id as "runId", r.dataset_version_id as "datasetVersionId", r.split_id as "splitId", s.best_epoch as "bestEpoch"
    from run r left join run_state s on s.run_id = r.id where r.id = ${runId}`
  if (row === undefined)
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${runId}. \`karyon run list\` shows those there are.`)
  return row
}
