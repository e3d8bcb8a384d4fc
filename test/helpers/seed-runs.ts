import { randomBytes } from 'node:crypto'
import { REFERENCE_RUN_PARAMETERS, type RunParameters } from '../../core/contracts/run-parameters.ts'
import { createRun } from '../../core/runs/create-run.ts'
import { registerTrainer } from '../../core/runs/trainers.ts'
import { sql } from '../../core/sql.ts'

export interface SeededDataset {
  datasetVersionId: string
  splitId: string
  imageIds: string[]
}

export const hexId = (): string => randomBytes(16).toString('hex')

/** Rows of a dataset with two images, without any file: enough for what only refers to images. */
export async function seedDataset(): Promise<SeededDataset> {
  const db = sql()
  const name = `d-${hexId()}`
  const [dataset] = await db<{ id: string }[]>`insert into dataset (name, synthetic) values (${name}, true) returning id`
  const [version] = await db<{ id: string }[]>`
    insert into dataset_version (dataset_id, version, content_hash, layout, image_count, object_count)
    values (${dataset?.id ?? ''}, 1, ${randomBytes(32).toString('hex')}, 'synthetic', 2, 2) returning id`
  const versionId = version?.id ?? ''
  const [split] = await db<{ id: string }[]>`
    insert into split (dataset_version_id, seed, train_fraction, val_fraction, test_fraction) values (${versionId}, 0, 0.7, 0.15, 0.15) returning id`
  const imageIds: string[] = []
  for (const ordinal of [0, 1]) {
    const [group] = await db<
      { id: string }[]
    >`insert into image_group (dataset_version_id, name) values (${versionId}, ${`g${ordinal}`}) returning id`
    const [image] = await db<{ id: string }[]>`
      insert into dataset_image (dataset_version_id, group_id, ordinal, name, image_key, label_key, width, height, channels, bit_depth, stratum,
        object_count, foreground_fraction, baseline)
      values (${versionId}, ${group?.id ?? ''}, ${ordinal}, ${`i${ordinal}`}, ${`k${ordinal}`}, ${`l${ordinal}`}, 64, 64, 1, 8, 'fluorescence', 1, 0.1, '{}')
      returning id`
    imageIds.push(image?.id ?? '')
  }
  return { datasetVersionId: versionId, splitId: split?.id ?? '', imageIds }
}

export async function seedSweep(
  dataset: SeededDataset,
  runs: number,
  params: Partial<RunParameters> = {},
): Promise<{ sweepId: string; runIds: string[] }> {
  return sql().begin(async (tx) => {
    const [sweep] = await tx<{ id: string }[]>`
      insert into sweep (name, experiment_id, dataset_version_id, split_id, method, metric_name, metric_goal, run_cap, spec)
      values ('sweep', 0, ${dataset.datasetVersionId}, ${dataset.splitId}, 'grid', 'val/dice', 'maximize', ${Math.max(runs, 1)}, '{}') returning id`
    const sweepId = sweep?.id ?? ''
    const runIds: string[] = []
    for (let ordinal = 1; ordinal <= runs; ordinal++) {
      runIds.push(
        await createRun(tx, {
          experimentId: 0,
          sweepId,
          ordinal,
          name: `run-${ordinal}`,
          datasetVersionId: dataset.datasetVersionId,
          splitId: dataset.splitId,
          params: { ...REFERENCE_RUN_PARAMETERS, ...params },
          actor: 'tester',
        }),
      )
    }
    return { sweepId, runIds }
  })
}

export const seedTrainer = (name = 'test', host = 'here'): Promise<string> =>
  registerTrainer({ name, host, pid: process.pid, slots: 1, device: 'cpu', version: '0' })

export interface RunStateRow {
  status: string
  attempt: number
  epoch: number
  step: number
  seq: number
  message: string
  request: string | null
  fruitless: number
  best_epoch: number | null
  best_value: number | null
  lease_token: string | null
  ended_at: Date | null
}

export async function runState(runId: string): Promise<RunStateRow> {
  const [row] = await sql()<RunStateRow[]>`select * from run_state where run_id = ${runId}`
  if (row === undefined) throw new Error(`no run ${runId}`)
  return row
}

/** As if the trainer had been silent for too long. */
export async function expireLease(runId: string): Promise<void> {
  await sql()`update run_state set lease_expires_at = now() - interval '1 s' where run_id = ${runId} and lease_token is not null`
}

/** Polls until `look` gives something; the test's own time-out is the limit. */
export async function until<T>(look: () => Promise<T | null | undefined | false> | T | null | undefined | false, every = 50): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
