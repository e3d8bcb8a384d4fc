import { AppError } from '@/core/errors.ts'
import { sql } from '@/core/sql.ts'
import { getSweep } from '@/core/sweeps/get-sweep.ts'
import type { Scope } from './viewer.ts'

/** Refuses to watch what is not there: an error at once, not a stream that stays silent. @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function requireScope(scope: Scope): Promise<Scope> {
  if (scope.sweepId !== undefined) await getSweep(scope.sweepId)
  if (scope.experimentId !== undefined) {
    const rows = await sql()`select 1 from experiment where id = ${scope.experimentId}`
    if (rows.length === 0) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no experiment ${scope.experimentId}.`)
  }
  if (scope.runIds.length > 0) {
    const rows = await sql()<{ id: string }[]>`select id from run where id = any(${scope.runIds as string[]})`
    const known = new Set(rows.map((row) => row.id))
    const missing = scope.runIds.find((id) => !known.has(id))
    if (missing !== undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${missing}.`)
  }
  return scope
}
