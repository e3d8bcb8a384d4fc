import { artifactStore } from '../core/artifacts/index.ts'
import { AppError } from '../core/errors.ts'
import { sql } from '../core/sql.ts'
import { getModelVersion } from './list-models.ts'
import { lockModel } from './lock-model.ts'
import { parseVersion } from './names.ts'

/**
 * Removes a version and its files.
 * @throws AppError RESOURCE_DOES_NOT_EXIST; RESOURCE_CONFLICT while an alias points to it, or where the history names it:
 *   what was champion once stays, so that the history stays true and a rollback finds it
 */
export async function deleteVersion({ name, version: given }: { name: string; version: string | number }): Promise<void> {
  const version = parseVersion(given)
  await getModelVersion(name, version)
  const folder = await sql().begin(async (tx) => {
    const model = await lockModel(tx, name)
    const [row] = await tx<
      { id: string; folder: string }[]
    >`select id, folder from model_version where model_id = ${model.id} and version = ${version}`
    if (row === undefined) return undefined
    const aliases = (await tx<{ alias: string }[]>`select alias from model_alias where version_id = ${row.id} order by alias`).map(
      ({ alias }) => alias,
    )
    if (aliases.length > 0) {
      throw new AppError(
        'RESOURCE_CONFLICT',
        `Version ${version} of ${name} is its ${aliases.join(' and ')}: promote another version first.`,
      )
    }
    const [named] = await tx`select 1 from promotion_event where to_version_id = ${row.id} or from_version_id = ${row.id} limit 1`
    if (named !== undefined) {
      throw new AppError('RESOURCE_CONFLICT', `Version ${version} of ${name} was promoted once: the history names it, so it stays.`)
    }
    await tx`delete from model_version where id = ${row.id}`
    return row.folder
  })
  if (folder !== undefined) await artifactStore().deleteAll(folder)
}
