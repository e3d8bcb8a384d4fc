import type { ArtifactView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { requireHexId } from './ids.ts'
import { requireRun } from './require-run.ts'

interface ArtifactRow {
  artifact_id: string
  run_id: string
  key: string
  kind: string
  name: string
  size: number
  epoch: number | null
  image_id: string | null
  created_at: Date
}

export interface StoredArtifact {
  view: ArtifactView
  runId: string
  /** In the artifact store. */
  key: string
}

/** A run's files, by name: of rows of the same name the newest counts. `prefix` is a folder, e.g. `probability/epoch-0004`. */
export async function listArtifacts(runId: string, options: { prefix?: string; kind?: string } = {}): Promise<ArtifactView[]> {
  await requireRun(runId)
  const db = sql()
  const folder = options.prefix?.replace(/\/+$/, '') ?? ''
  const rows = await db<ArtifactRow[]>`
    select distinct on (name) id as artifact_id, run_id, key, kind, name, size, epoch, image_id, created_at
    from artifact where run_id = ${runId}
      ${folder === '' ? db`` : db`and starts_with(name, ${`${folder}/`})`}
      ${options.kind === undefined ? db`` : db`and kind = ${options.kind}`}
    order by name, seq desc`
  return rows.map((row) => toStored(row).view)
}

/** @throws AppError INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST */
export async function getArtifact(artifactId: string): Promise<StoredArtifact> {
  requireHexId(artifactId, 'file')
  const [row] = await sql()<ArtifactRow[]>`
    select id as artifact_id, run_id, key, kind, name, size, epoch, image_id, created_at from artifact where id = ${artifactId}`
  if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no file ${artifactId}: its run may have been deleted.`)
  return toStored(row)
}

/** The newest file of that name. @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getArtifactByName(runId: string, name: string): Promise<StoredArtifact> {
  await requireRun(runId)
  const [row] = await sql()<ArtifactRow[]>`
    select id as artifact_id, run_id, key, kind, name, size, epoch, image_id, created_at
    from artifact where run_id = ${runId} and name = ${name} order by seq desc limit 1`
  if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `Run ${runId} has no file "${name.slice(0, 200)}".`)
  return toStored(row)
}

function toStored(row: ArtifactRow): StoredArtifact {
  return {
    runId: row.run_id,
    key: row.key,
    view: {
      artifact_id: row.artifact_id,
      kind: row.kind,
      name: row.name,
      size: row.size,
      epoch: row.epoch,
      image_id: row.image_id,
      created_at: row.created_at.getTime(),
    },
  }
}
