import { createHash } from 'node:crypto'
import type { ArtifactStore } from '../core/artifacts/index.ts'
import type { RunView } from '../core/contracts/views.ts'
import { AppError } from '../core/errors.ts'
import { type Query, sql } from '../core/sql.ts'
import type { LockedModel } from './lock-model.ts'

export interface ModelFile {
  /** Relative to the model's folder: `model.json`, `weights.bin`. */
  name: string
  key: string
}

export interface ModelFiles {
  epoch: number
  files: ModelFile[]
}

/**
 * The stored files of a run's best weights: artifacts of kind `model`, of a name the newest row.
 * @throws AppError RESOURCE_CONFLICT where there are none (yet)
 */
export async function requireModelFiles(run: Pick<RunView, 'run_id' | 'name' | 'status'>): Promise<ModelFiles> {
  const rows = await sql()<{ name: string; key: string; epoch: number | null }[]>`
    select distinct on (name) name, key, epoch from artifact where run_id = ${run.run_id} and kind = 'model' order by name, seq desc, created_at desc`
  const epoch = rows.reduce<number | null>(
    (newest, row) => (row.epoch !== null && (newest === null || row.epoch > newest) ? row.epoch : newest),
    null,
  )
  if (epoch === null) {
    const live = ['queued', 'running', 'stopping'].includes(run.status)
    throw new AppError(
      'RESOURCE_CONFLICT',
      `Run "${run.name}" has no stored model${live ? ' yet: wait for its first epoch' : ` (it is ${run.status}): choose another run, or train it again`}.`,
    )
  }
  return {
    epoch,
    files: rows.filter((row) => row.epoch === epoch).map(({ name, key }) => ({ name: name.slice(name.lastIndexOf('/') + 1), key })),
  }
}

/**
 * Copies files below a folder of the store.
 * @returns their size together, and a checksum over their names and contents
 */
export async function copyFiles(
  store: ArtifactStore,
  files: readonly ModelFile[],
  folder: string,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let total = 0
  for (const file of files.toSorted((a, b) => a.name.localeCompare(b.name))) {
    const { size, sha256 } = await store.put(`${folder}/${file.name}`, await store.stream(file.key))
    total += size
    hash.update(`${file.name} ${size} ${sha256}\n`)
  }
  return { size: total, sha256: hash.digest('hex') }
}

/**
 * Removes what registrations that were killed left behind. The caller holds the model's lock, so nobody is copying.
 */
export async function removeUnclaimed(tx: Query, store: ArtifactStore, model: LockedModel): Promise<void> {
  const claimed = new Set(
    (await tx<{ folder: string }[]>`select folder from model_version where model_id = ${model.id}`).map((row) => row.folder),
  )
  const folders = new Set((await store.list(`models/${model.name}`)).map((key) => key.split('/').slice(0, 3).join('/')))
  for (const folder of folders) if (!claimed.has(folder)) await store.deleteAll(folder)
}
