import type { ModelVersionView, ModelView } from '../core/contracts/views.ts'
import { db, type Prisma } from '../core/db.ts'
import { AppError } from '../core/errors.ts'
import { parseVersion } from './names.ts'
import { toVersionView, versionInclude } from './version-view.ts'

const modelInclude = {
  modelAliases: { select: { alias: true, version: { select: { version: true } } }, orderBy: { alias: 'asc' } },
  modelVersions: { include: versionInclude, orderBy: { version: 'desc' } },
} satisfies Prisma.RegisteredModelInclude

/** Every registered model with its versions, newest first, by name. */
export async function listModels(): Promise<ModelView[]> {
  const rows = await db().registeredModel.findMany({ include: modelInclude, orderBy: { name: 'asc' } })
  return rows.map(toModelView)
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getModel(name: string): Promise<ModelView> {
  const row = await db().registeredModel.findUnique({ where: { name }, include: modelInclude })
  if (row === null) throw noModel(name)
  return toModelView(row)
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE for what is no version number */
export async function getModelVersion(name: string, version: string | number): Promise<ModelVersionView> {
  const number = parseVersion(version)
  const row = await db().modelVersion.findFirst({ where: { version: number, model: { name } }, include: versionInclude })
  if (row !== null) return toVersionView(row)
  throw noVersion(await getModel(name), number)
}

export function noModel(name: string): AppError {
  return new AppError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no model "${name.slice(0, 250)}". \`karyon model list\` shows those there are; "Promote" on a run makes one.`,
  )
}

export function noVersion(model: ModelView, version: number): AppError {
  const there = model.versions.map((v) => v.version).reverse()
  return new AppError(
    'RESOURCE_DOES_NOT_EXIST',
    `${model.name} has no version ${version}${there.length === 0 ? '' : `: there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`}.`,
  )
}

function toModelView(row: Prisma.RegisteredModelGetPayload<{ include: typeof modelInclude }>): ModelView {
  return {
    name: row.name,
    description: row.description,
    aliases: Object.fromEntries(row.modelAliases.map(({ alias, version }) => [alias, String(version.version)])),
    versions: row.modelVersions.map(toVersionView),
    created_at: row.createdAt.getTime(),
  }
}
