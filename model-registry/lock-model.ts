import { type Query } from '../core/sql.ts'
import { CHANNELS, notify } from '../core/notify.ts'
import { noModel } from './list-models.ts'

export interface LockedModel {
  id: string
  name: string
}

/**
 * Takes the model for this transaction: registrations, promotions, rollbacks and deletions of one model happen one
 * after the other, so each decides on what the one before it left.
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function lockModel(tx: Query, name: string): Promise<LockedModel> {
  const [row] = await tx<LockedModel[]>`select id, name from registered_model where name = ${name} for update`
  if (row === undefined) throw noModel(name)
  return row
}

export interface AliasState {
  versionId: string
  version: number
}

/** Where an alias points now; undefined for nowhere. */
export async function readAlias(tx: Query, modelId: string, alias: string): Promise<AliasState | undefined> {
  const [row] = await tx<AliasState[]>`
    select v.id as "versionId", v.version from model_alias a join model_version v on v.id = a.version_id
    where a.model_id = ${modelId} and a.alias = ${alias}`
  return row
}

export interface AliasMove {
  model: LockedModel
  alias: string
  kind: 'promote' | 'rollback'
  from: AliasState | undefined
  to: AliasState
  reason: string
  actor: string
  evidence: Record<string, unknown>
}

/** Moves an alias and appends the event that says so; the model servers are woken when the transaction commits. */
export async function moveAlias(tx: Query, move: AliasMove): Promise<void> {
  await tx`
    insert into model_alias (model_id, alias, version_id) values (${move.model.id}, ${move.alias}, ${move.to.versionId})
    on conflict (model_id, alias) do update set version_id = excluded.version_id, updated_at = now()`
  await tx`
    insert into promotion_event (model_id, alias, kind, from_version_id, to_version_id, reason, actor, evidence)
    values (${move.model.id}, ${move.alias}, ${move.kind}, ${move.from?.versionId ?? null}, ${move.to.versionId}, ${move.reason}, ${move.actor},
            ${JSON.stringify(move.evidence)}::text::jsonb)`
  await notify(tx, CHANNELS.model, move.model.name)
}
