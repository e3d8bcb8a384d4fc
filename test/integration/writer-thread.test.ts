import { expect, it } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { claimRun } from '../../core/runs/claim-run.ts'
import { renewLeases } from '../../core/runs/renew-leases.ts'
import { sql } from '../../core/sql.ts'
import { openWriterThread } from '../../trainer/writer-thread/open-writer-thread.ts'
import { seedDataset, seedSweep, seedTrainer } from '../helpers/seed-runs.ts'

async function claimOne() {
  await seedSweep(await seedDataset(), 1)
  const claimed = await claimRun(await seedTrainer())
  if (claimed === null) throw new Error('nothing to claim')
  return claimed
}

/** What a native operation does to JavaScript: nothing runs, no timer, no socket. */
const blockThisThread = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

it('commits what was written while training blocks the thread that wrote it', async () => {
  const run = await claimOne()
  const writer = await openWriterThread(run)
  writer.points([{ key: 'train/batch_loss', step: 1, value: 0.5 }])
  blockThisThread(4000)
  const [row] = await sql()<{ age: number }[]>`
    select extract(epoch from clock_timestamp() - progress_at)::float8 as age from run_state where run_id = ${run.runId} and seq > 1`
  // Written soon after it was asked for, not when the thread was free again.
  expect(row?.age).toBeGreaterThan(1)
  await writer.end('finished', '')
})

it('tells the training thread that the lease is lost, with its code', async () => {
  const run = await claimOne()
  const writer = await openWriterThread(run)
  await sql()`update run_state set lease_token = gen_random_uuid() where run_id = ${run.runId}`
  const write = writer.artifact({ kind: 'file', name: 'note.txt', bytes: Buffer.from('x') })
  await expect(write).rejects.toMatchObject({ code: 'LEASE_LOST' })
  expect(writer.signal.aborted).toBe(true)
  expect(writer.signal.reason).toBeInstanceOf(AppError)
  await writer.close()
})

it('renews a lease from the moment the row was free, however long the beat waited for it', async () => {
  const run = await claimOne()
  let renewal: Promise<unknown> | undefined
  await sql().begin(async (tx) => {
    await tx`update run_state set seq = seq + 1 where run_id = ${run.runId}`
    renewal = renewLeases([run])
    await new Promise((resolve) => setTimeout(resolve, 3000))
  })
  await renewal
  const [row] = await sql()<{ left: number }[]>`
    select extract(epoch from lease_expires_at - clock_timestamp())::float8 as left from run_state where run_id = ${run.runId}`
  expect(row?.left).toBeGreaterThan(18)
})
