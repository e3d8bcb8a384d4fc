import { db } from '../../core/db.ts'
import { AppError } from '../../core/errors.ts'
import { getModel, noVersion } from '../list-models.ts'
import { parseVersion } from '../names.ts'
import type { Target } from './messages.ts'

export const aliasKey = (model: string, alias: string): string => `${model}/${alias}`

/** Where every alias of every model points now. */
export async function readAliases(): Promise<Map<string, Target>> {
  const rows = await db().modelAlias.findMany({
    select: { alias: true, model: { select: { name: true } }, version: { select: { id: true, version: true, folder: true } } },
    orderBy: { updatedAt: 'desc' },
  })
  return new Map(
    rows.map(({ alias, model, version }) => [
      aliasKey(model.name, alias),
      { versionId: version.id, model: model.name, version: String(version.version), folder: version.folder },
    ]),
  )
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST that says what to do */
export async function findAlias(model: string, alias: string): Promise<Target> {
  const target = (await readAliases()).get(aliasKey(model, alias))
  if (target !== undefined) return target
  const { versions } = await getModel(model)
  const newest = versions[0]?.version
  throw new AppError(
    'RESOURCE_DOES_NOT_EXIST',
    `${model} has no ${alias}: promote one of its versions first${newest === undefined ? '' : ` (\`karyon model promote ${model} ${newest} --reason ".."\`), or name one by version=${newest}`}.`,
  )
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE */
export async function findVersion(model: string, given: string): Promise<Target> {
  const version = parseVersion(given)
  const row = await db().modelVersion.findFirst({ where: { version, model: { name: model } }, select: { id: true, folder: true } })
  if (row === null) throw noVersion(await getModel(model), version)
  return { versionId: row.id, model, version: String(version), folder: row.folder }
}
