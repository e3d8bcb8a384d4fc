import { ApiError, callApi } from '@/app/lib/client-api.ts'
import { CHAMPION } from './champion-of.ts'

export interface ChampionMove {
  /** Where champion points on the page on which the decision is made; null: nowhere. */
  shown: string | null
  reason: string
  /** The version to promote; without: roll back. */
  version?: string
}

/**
 * Promotes a version, or rolls back, as long as champion is still what was shown: a decision made on a comparison that
 * no longer holds must not undo what somebody else has decided meanwhile.
 * @returns false where champion has changed meanwhile; nothing was changed then
 * @throws ApiError
 */
export async function moveChampion(model: string, { shown, reason, version }: ChampionMove): Promise<boolean> {
  const body = { alias: CHAMPION, reason: reason.trim(), ...(version === undefined ? {} : { version }), expected_version: shown }
  try {
    await callApi(`models/${encodeURIComponent(model)}/${version === undefined ? 'rollback' : 'promote'}`, { body })
    return true
  } catch (thrown) {
    // Promoting what was shown as champion is refused too, and the server's message says it better.
    if (thrown instanceof ApiError && thrown.code === 'RESOURCE_CONFLICT' && version !== shown) return false
    throw thrown
  }
}
