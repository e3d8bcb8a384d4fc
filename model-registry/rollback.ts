import type { ModelView } from '../core/contracts/views.ts'
import { AppError } from '../core/errors.ts'
import { type Query, sql } from '../core/sql.ts'
import { evidenceOf } from './evidence.ts'
import { getModel } from './list-models.ts'
import { type AliasState, type LockedModel, lockModel, moveAlias, readAlias } from './lock-model.ts'
import { aliasSchema, CHAMPION, parseField, parseVersion, reasonSchema } from './names.ts'

export interface Rollback {
  name: string
  /** Default `champion`. */
  alias?: string
  reason: string
  actor: string
  /** Where the caller saw the alias point: if it has moved since, nothing is changed. */
  expectedVersion?: string | number
}

/**
 * Points an alias back to the version it held before the present one came; again: to the one before that. What was
 * rolled back is not returned to by a further rollback, only by a new promotion.
 * @returns the model
 * @throws AppError RESOURCE_CONFLICT when the alias held no other version before, or has moved meanwhile
 */
export async function rollback({ name, actor, expectedVersion, ...rest }: Rollback): Promise<ModelView> {
  const alias = parseField(aliasSchema, rest.alias ?? CHAMPION, 'alias')
  const reason = parseField(reasonSchema, rest.reason, 'reason')
  for (;;) {
    const { to } = await sql().begin((tx) => findMove(tx, name, alias, expectedVersion))
    // Gathered without holding the model: it reads a lot.
    const evidence = await evidenceOf(name, alias, to.version)
    const moved = await sql().begin(async (tx) => {
      const now = await findMove(tx, name, alias, expectedVersion)
      if (now.to.versionId !== to.versionId) return false
      await moveAlias(tx, {
        ...now,
        alias,
        kind: 'rollback',
        reason,
        actor,
        evidence: { rolled_back: String(now.from.version), ...evidence },
      })
      return true
    })
    if (moved) return getModel(name)
  }
}

interface Move {
  model: LockedModel
  from: AliasState
  to: AliasState
}

/** Locks the model and finds where a rollback would lead. */
async function findMove(tx: Query, name: string, alias: string, expectedVersion: string | number | undefined): Promise<Move> {
  const model = await lockModel(tx, name)
  const from = await readAlias(tx, model.id, alias)
  if (from === undefined) throw new AppError('RESOURCE_CONFLICT', `${name} has no ${alias}: there is nothing to roll back.`)
  if (expectedVersion !== undefined && parseVersion(expectedVersion) !== from.version) {
    throw new AppError('RESOURCE_CONFLICT', `${alias} of ${name} has moved meanwhile: it is version ${from.version} now.`)
  }
  const to = previousHolder(await aliasEvents(tx, name, alias))
  if (to === undefined) {
    throw new AppError('RESOURCE_CONFLICT', `${alias} of ${name} held no version before ${from.version}: promote another version instead.`)
  }
  return { model, from, to }
}

/** The version to which a rollback of an alias would lead now; null where there is none. */
export async function rollbackTarget(name: string, alias: string = CHAMPION): Promise<string | null> {
  const to = previousHolder(await aliasEvents(sql(), name, alias))
  return to === undefined ? null : String(to.version)
}

/** What happened to an alias, oldest first. */
function aliasEvents(query: Query, name: string, alias: string): Promise<AliasEvent[]> {
  return query<AliasEvent[]>`
    select e.kind, v.id as "versionId", v.version
    from promotion_event e join registered_model m on m.id = e.model_id join model_version v on v.id = e.to_version_id
    where m.name = ${name} and e.alias = ${alias} order by e.id`
}

export interface AliasEvent extends AliasState {
  kind: 'promote' | 'rollback'
}

/**
 * Who held an alias before its present holder. The events are replayed on a stack: a promotion pushes, a rollback takes
 * off down to the version it went back to.
 * @param events oldest first
 */
export function previousHolder(events: readonly AliasEvent[]): AliasState | undefined {
  const held: AliasState[] = []
  for (const { kind, versionId, version } of events) {
    if (kind === 'promote') {
      held.push({ versionId, version })
    } else {
      while (held.length > 1 && held.at(-1)?.versionId !== versionId) held.pop()
    }
  }
  return held.at(-2)
}
