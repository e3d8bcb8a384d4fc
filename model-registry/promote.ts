import type { ModelView } from '../core/contracts/views.ts'
import { AppError } from '../core/errors.ts'
import { sql } from '../core/sql.ts'
import { evidenceOf } from './evidence.ts'
import { getModel, getModelVersion } from './list-models.ts'
import { lockModel, moveAlias, readAlias } from './lock-model.ts'
import { aliasSchema, CHAMPION, parseField, parseVersion, reasonSchema } from './names.ts'

export interface Promotion {
  name: string
  version: string | number
  /** Default `champion`. */
  alias?: string
  reason: string
  actor: string
  /** Where the caller saw the alias point (null: nowhere): if it has moved since, nothing is changed. */
  expectedVersion?: string | number | null
}

/**
 * Points an alias to a version, and appends who, when, why and on what evidence to the model's history.
 * @returns the model
 * @throws AppError RESOURCE_DOES_NOT_EXIST; RESOURCE_CONFLICT when the alias points there already, or no longer where
 *   `expectedVersion` says; INVALID_PARAMETER_VALUE for an impossible alias or an empty reason
 */
export async function promote(promotion: Promotion): Promise<ModelView> {
  const { name, actor, expectedVersion } = promotion
  const alias = parseField(aliasSchema, promotion.alias ?? CHAMPION, 'alias')
  const reason = parseField(reasonSchema, promotion.reason, 'reason')
  const version = parseVersion(promotion.version)
  await getModelVersion(name, version)
  const evidence = await evidenceOf(name, alias, version)
  await sql().begin(async (tx) => {
    const model = await lockModel(tx, name)
    const from = await readAlias(tx, model.id, alias)
    if (expectedVersion !== undefined && (expectedVersion === null ? undefined : parseVersion(expectedVersion)) !== from?.version) {
      throw new AppError(
        'RESOURCE_CONFLICT',
        `${alias} of ${name} has moved meanwhile: it is ${from === undefined ? 'unset' : `version ${from.version}`} now. Look at the comparison again before you decide.`,
      )
    }
    if (from?.version === version) throw new AppError('RESOURCE_CONFLICT', `Version ${version} of ${name} is its ${alias} already.`)
    const [to] = await tx<{ id: string }[]>`select id from model_version where model_id = ${model.id} and version = ${version}`
    if (to === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `Version ${version} of ${name} was deleted meanwhile.`)
    await moveAlias(tx, { model, alias, kind: 'promote', from, to: { versionId: to.id, version }, reason, actor, evidence })
  })
  return getModel(name)
}
