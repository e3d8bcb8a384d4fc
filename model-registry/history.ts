import type { PromotionEventView } from '../core/contracts/views.ts'
import { db } from '../core/db.ts'
import { noModel } from './list-models.ts'

export interface HistoryOptions {
  /** Only this alias; default all. */
  alias?: string
  limit?: number
}

/** Who moved which alias where, when and why, newest first. @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getHistory(name: string, options: HistoryOptions = {}): Promise<PromotionEventView[]> {
  const model = await db().registeredModel.findUnique({ where: { name }, select: { id: true } })
  if (model === null) throw noModel(name)
  const rows = await db().promotionEvent.findMany({
    where: { modelId: model.id, ...(options.alias === undefined ? {} : { alias: options.alias }) },
    include: { fromVersion: { select: { version: true } }, toVersion: { select: { version: true } } },
    orderBy: { id: 'desc' },
    take: options.limit ?? 1000,
  })
  return rows.map((row) => ({
    kind: row.kind as PromotionEventView['kind'],
    alias: row.alias,
    from_version: row.fromVersion === null ? null : String(row.fromVersion.version),
    to_version: String(row.toVersion.version),
    reason: row.reason,
    actor: row.actor,
    evidence: (row.evidence ?? {}) as Record<string, unknown>,
    at: row.at.getTime(),
  }))
}
