import { type RunParameters, totalEpochs } from '../contracts/run-parameters.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import type { Query } from '../sql.ts'
import { recordTransitions } from './transition.ts'

export interface NewRun {
  experimentId: number
  sweepId: string | null
  /** Position in the sweep, from 1. */
  ordinal: number | null
  name: string
  datasetVersionId: string
  splitId: string
  params: RunParameters
  actor: string
}

/**
 * Inserts a queued run with its parameters; the agents are woken when the caller's transaction commits. A sweep's
 * ordinal that is there already gives the run that has it: a scheduler that died half-way adds no point twice.
 * @returns the run's id
 */
export async function createRun(tx: Query, run: NewRun): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into run (experiment_id, sweep_id, ordinal, name, dataset_version_id, split_id, created_by)
    values (${run.experimentId}, ${run.sweepId}, ${run.ordinal}, ${run.name}, ${run.datasetVersionId}, ${run.splitId}, ${run.actor})
    on conflict (sweep_id, ordinal) do nothing
    returning id`
  if (row === undefined) return existingRun(tx, run)
  const params = Object.entries(run.params)
  await tx`
    insert into param (run_id, key, value)
    select ${row.id}, * from unnest(${params.map(([key]) => key)}::text[], ${params.map(([, value]) => JSON.stringify(value))}::text[])`
  await tx`insert into run_state (run_id, epochs_total) values (${row.id}, ${totalEpochs(run.params)})`
  await recordTransitions(tx, [{ runId: row.id, from: null, to: 'queued', actor: run.actor }])
  await notify(tx, CHANNELS.queue)
  return row.id
}

async function existingRun(tx: Query, run: NewRun): Promise<string> {
  const [row] = await tx<{ id: string }[]>`select id from run where sweep_id = ${run.sweepId} and ordinal = ${run.ordinal}`
  if (row === undefined)
    throw new AppError('RESOURCE_CONFLICT', `Run ${run.ordinal} of sweep ${run.sweepId} is being created by someone else; try again.`)
  return row.id
}
