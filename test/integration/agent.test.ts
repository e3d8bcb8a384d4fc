import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { env } from '../../core/env.ts'
import { artifactStore } from '../../core/artifacts/index.ts'
import { cancelJob } from '../../core/jobs/cancel-job.ts'
import { createJob } from '../../core/jobs/create-job.ts'
import { getJob } from '../../core/jobs/get-job.ts'
import { deleteRuns } from '../../core/runs/delete-runs.ts'
import { requestCancel, requestStop } from '../../core/runs/request.ts'
import { listTrainers } from '../../core/runs/trainers.ts'
import { closeSql, connect, sql } from '../../core/sql.ts'
import { type AgentProcess, isRunning, startAgent } from '../helpers/agent-process.ts'
import { databaseProxy } from '../helpers/database-proxy.ts'
import { runState, seedDataset, seedSweep, until } from '../helpers/seed-runs.ts'

// Before anything connects: the database is reached through a proxy that the tests can take away.
const realUrl = process.env.DATABASE_URL ?? ''
const proxy = await databaseProxy(realUrl)
process.env.DATABASE_URL = proxy.url
const direct = connect(realUrl, { max: 1 })
afterAll(async () => {
  await direct.end()
  await closeSql()
  await proxy.close()
})

let agents: AgentProcess[] = []
const start = (): AgentProcess => {
  const agent = startAgent()
  agents.push(agent)
  return agent
}

beforeEach(async () => {
  await sql()`delete from sweep`
  await sql()`delete from trainer`
})
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') for (const agent of agents) console.log(agent.output())
  for (const agent of agents) agent.kill('SIGKILL')
  await Promise.all(agents.map((agent) => agent.ended))
  agents = []
})

interface Trained {
  attempt: number
  epoch: number
  pid: number
}
function trainedEpochs(runId: string): Trained[] {
  try {
    const lines = readFileSync(join(env().home, `${runId}.epochs`), 'utf8')
      .trim()
      .split('\n')
    return lines.map((line) => {
      const [attempt, epoch, pid] = line.split(':').map(Number)
      return { attempt: attempt ?? 0, epoch: epoch ?? 0, pid: pid ?? 0 }
    })
  } catch {
    return []
  }
}
const reached = (runId: string, epoch: number): Promise<Trained> => until(() => trainedEpochs(runId).find((t) => t.epoch === epoch))
const status = (runId: string, wanted: string) =>
  until(async () => {
    const state = await runState(runId)
    return state.status === wanted && state
  })
const steps = async (runId: string): Promise<number[]> => {
  const rows = await sql()<{ step: number }[]>`
    select p.step from metric_point p join metric_series m on m.id = p.series_id where m.run_id = ${runId} and m.key = 'val/dice' order by p.step`
  return rows.map((row) => row.step)
}
const one = async (epochs: number, name?: string): Promise<string> => {
  const { runIds } = await seedSweep(await seedDataset(), 1, { epochs })
  if (name !== undefined) await sql()`update run set name = ${name} where id = ${runIds[0] ?? ''}`
  return runIds[0] ?? ''
}
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

/** Epochs that were begun more than once: each kill may cost the one that was under way. */
const repeated = (runId: string): number[] => {
  const counts = new Map<number, number>()
  for (const { epoch } of trainedEpochs(runId)) counts.set(epoch, (counts.get(epoch) ?? 0) + 1)
  return [...counts].filter(([, count]) => count > 1).map(([epoch]) => epoch)
}

test('runs are trained side by side, a run a slot, and an agent that is told to end gives its run back and leaves nobody', async () => {
  const { runIds } = await seedSweep(await seedDataset(), 3, { epochs: 30 })
  const agent = start()
  const [first, second, third] = runIds as [string, string, string]
  const pids = [(await reached(first, 2)).pid, (await reached(second, 2)).pid]
  expect(trainedEpochs(third), 'two slots').toEqual([])
  expect(await listTrainers()).toMatchObject([{ alive: true, busy: 2, slots: 2 }])
  agent.kill('SIGTERM')
  expect(await agent.ended).toBe(0)
  for (const pid of pids) expect(isRunning(pid)).toBe(false)
  expect(await runState(first)).toMatchObject({ status: 'queued', fruitless: 0 })
  expect(await listTrainers()).toEqual([])
  start()
  for (const runId of runIds) {
    await status(runId, 'finished')
    expect(await steps(runId)).toEqual(oneTo(30))
    expect(repeated(runId).length).toBeLessThanOrEqual(1)
  }
})

test('a child that is killed costs at most its epoch: the run is queued at once, goes on and finishes', async () => {
  const runId = await one(12)
  start()
  const { pid } = await reached(runId, 4)
  process.kill(pid, 'SIGKILL')
  const state = await status(runId, 'finished')
  expect(state.attempt).toBe(2)
  expect(await steps(runId)).toEqual(oneTo(12))
  expect(repeated(runId).length).toBeLessThanOrEqual(1)
  const [row] = await sql()<
    { reason: string }[]
  >`select reason from run_transition where run_id = ${runId} and from_status = 'running' and to_status = 'queued'`
  expect(row?.reason).toContain('SIGKILL')
})

test('an agent that is killed leaves no child behind, and the next one goes on', async () => {
  const runId = await one(12)
  const agent = start()
  const { pid } = await reached(runId, 3)
  agent.kill('SIGKILL')
  await agent.ended
  await until(() => !isRunning(pid))
  start()
  await status(runId, 'finished')
  expect(await steps(runId)).toEqual(oneTo(12))
  expect(repeated(runId).length).toBeLessThanOrEqual(1)
})

test('a run that only crashes waits and says why', async () => {
  const runId = await one(5, 'crash')
  start()
  const state = await until(async () => {
    const now = await runState(runId)
    return now.fruitless >= 1 && now
  })
  expect(state.status).toBe('queued')
  expect(state.message).toContain('RangeError: no such thing')
})

describe('requests', () => {
  test('reach the child: stop ends as finished, cancel as cancelled', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 2, { epochs: 1000 })
    start()
    const [stopped, cancelled] = runIds as [string, string]
    await reached(stopped, 2)
    await reached(cancelled, 2)
    expect(await requestStop(stopped, 'ada')).toBe('stopping')
    expect(await requestCancel(cancelled, 'ada')).toBe('stopping')
    await status(stopped, 'finished')
    await status(cancelled, 'cancelled')
  })

  test('a child that is killed after it was asked to stop is not started again', async () => {
    const runId = await one(1000, 'deaf')
    start()
    const { pid } = await reached(runId, 2)
    await requestStop(runId, 'ada')
    process.kill(pid, 'SIGKILL')
    const state = await status(runId, 'finished')
    expect(state.message).toContain('best model so far')
  })
})

test('while the database is away training goes on, and nothing is lost or trained twice', async () => {
  const runId = await one(30)
  start()
  await reached(runId, 3)
  await proxy.down()
  await reached(runId, 12)
  // As after a long absence: the agent must renew before it looks for runs to take over, its own among them.
  await direct`update run_state set lease_expires_at = now() - interval '1 s' where run_id = ${runId}`
  await proxy.up()
  const state = await status(runId, 'finished')
  expect(state.attempt).toBe(1)
  expect(await steps(runId)).toEqual(oneTo(30))
  expect(repeated(runId)).toEqual([])
})

describe('jobs', () => {
  test('are done in a process of their own beside the runs; a mistake is told with its code', async () => {
    const { runIds } = await seedSweep(await seedDataset(), 1)
    const removable = runIds[0] ?? ''
    await deleteRuns([removable], 'ada')
    const good = await createJob('delete-runs', { run_ids: [removable] }, 'ada')
    const bad = await createJob('import', { name: 'nothing', path: '/does/not/exist' }, 'ada')
    start()
    const done = await until(async () => {
      const job = await getJob(good.job_id)
      return job.status === 'finished' && job
    })
    expect(done).toMatchObject({ progress: 1, result: { removed: 1, left: 0 }, error: null })
    expect(await sql()`select id from run where id = ${removable}`).toEqual([])
    const failed = await until(async () => {
      const job = await getJob(bad.job_id)
      return job.status === 'failed' && job
    })
    expect(failed.error?.message).toContain('/does/not/exist')
    expect(failed.error?.error_code).not.toBe('INTERNAL_ERROR')
  })
  test('report while they run, and are cancelled in the middle without leaving anything', async () => {
    const { job_id: id } = await createJob('synthetic', { name: 'too-many', images: 2000, seed: 1 }, 'ada')
    start()
    await until(async () => (await getJob(id)).progress > 0)
    await cancelJob(id)
    await until(async () => (await getJob(id)).status === 'cancelled')
    expect(await sql()`select id from dataset where name = 'too-many'`).toEqual([])
    expect(await artifactStore().list('blobs')).toEqual([])
  })

  test('killed in the middle are done again', async () => {
    const { job_id: id } = await createJob('synthetic', { name: 'small', images: 40, seed: 1 }, 'ada')
    const agent = start()
    const pid = await until(() => /Job synthetic \(\w+\), attempt 1: process (\d+)/.exec(agent.output())?.[1])
    process.kill(Number(pid), 'SIGKILL')
    await until(async () => (await getJob(id)).status === 'finished')
    expect((await getJob(id)).result).toMatchObject({ dataset: 'small', images: 40 })
    expect(agent.output()).toContain('attempt 2')
  })
})
