import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { env } from '../../core/env.ts'
import { closeSql, sql } from '../../core/sql.ts'
import { migrate } from '../../setup/migrate.mjs'
import { startPostgres, stopPostgres } from '../../setup/postgres.mjs'
import { postgresPlace } from '../../setup/postgres-place.mjs'
import { startAgent } from '../helpers/agent-process.ts'
import { runState, seedDataset, seedSweep, until } from '../helpers/seed-runs.ts'

// A PostgreSQL of this file's own: it is about to be killed.
const home = mkdtempSync(join(tmpdir(), 'karyon-killed-'))
const server = await startPostgres({ home, embedded: true })
process.env.DATABASE_URL = server.url
await migrate(server.url)
let agent: ReturnType<typeof startAgent> | undefined

afterAll(async () => {
  agent?.kill('SIGKILL')
  await agent?.ended
  await closeSql()
  await stopPostgres({ home })
  rmSync(postgresPlace(home).folder, { recursive: true, force: true })
  rmSync(home, { recursive: true, force: true })
})

test('PostgreSQL is killed in the middle of a sweep: training goes on, and nothing is lost or trained twice', async () => {
  const { runIds } = await seedSweep(await seedDataset(), 3, { epochs: 20 })
  agent = startAgent()
  const trained = (): string[] =>
    runIds.flatMap((runId) => {
      try {
        return readFileSync(join(env().home, `${runId}.epochs`), 'utf8')
          .trim()
          .split('\n')
      } catch {
        return []
      }
    })
  await until(() => trained().length >= 6)
  process.kill(server.process?.pid ?? 0, 'SIGKILL')
  const before = trained().length
  await until(() => trained().length >= before + 6)
  await startPostgres({ home, embedded: true })
  const answer = <T>(look: () => Promise<T>): Promise<T | null> => look().catch(() => null)
  for (const runId of runIds) {
    const state = await until(
      () =>
        answer(async () => {
          const now = await runState(runId)
          return now.status === 'finished' ? now : null
        }),
      200,
    )
    expect(state).toMatchObject({ attempt: 1, epoch: 20 })
    const rows = await sql()<{ step: number }[]>`
      select p.step from metric_point p join metric_series m on m.id = p.series_id where m.run_id = ${runId} and m.key = 'val/dice' order by p.step`
    expect(rows.map((row) => row.step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  }
  expect(trained(), 'no epoch twice').toHaveLength(60)
})
