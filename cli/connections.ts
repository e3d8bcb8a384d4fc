import { closeDb } from '../core/db.ts'
import { closeSql } from '../core/sql.ts'

/** Lets the process end: pools that stay open keep it. */
export async function closeConnections(): Promise<void> {
  await Promise.allSettled([closeSql(), closeDb()])
}
