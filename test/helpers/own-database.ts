import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createTestDatabase } from './database.ts'

// Runs before each integration test file, so before anything of core is imported and reads the environment: the file
// gets a database and a home of its own, never the developer's.
const database = await createTestDatabase()
const home = mkdtempSync(join(tmpdir(), 'karyon-test-'))
process.env.DATABASE_URL = database.url
process.env.KARYON_HOME = home
delete process.env.KARYON_ARTIFACTS

afterAll(async () => {
  // The pools, where the tests opened them. Imported late: a file that needs no core should not load it.
  const { closeSql } = await import('../../core/sql.ts')
  const { closeDb } = await import('../../core/db.ts')
  await closeSql()
  await closeDb()
  await database.drop()
  rmSync(home, { recursive: true, force: true })
})
