import type { Prisma } from '../core/db.ts'
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
export async function lockModel(tx: Prisma.TransactionClient, name: string): Promise<LockedModel> {
  const [row] = await tx.$queryRaw<LockedModel[]>`select id, name from registered_model where name = ${name} for update`
  if (row === undefined) throw noModel(name)
  return row
}

/** Wakes the model servers when the transaction commits. */
export async function notifyModel(tx: Prisma.TransactionClient, name: string): Promise<void> {
  await tx.$executeRaw`select pg_notify('karyon_model', ${name})`
}
