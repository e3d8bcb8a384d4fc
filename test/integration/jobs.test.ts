import { hostname } from 'node:os'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { cancelJob } from '../../core/jobs/cancel-job.ts'
import { type ClaimedJob, claimJob } from '../../core/jobs/claim-job.ts'
import { createJob } from '../../core/jobs/create-job.ts'
import { endCancelledJob, failJob, finishJob, reportJob } from '../../core/jobs/end-job.ts'
import { getJob, listJobs } from '../../core/jobs/get-job.ts'
import { recoverLostJobs, releaseJob } from '../../core/jobs/recover-jobs.ts'
import { readCancelled, renewJobs } from '../../core/jobs/renew-jobs.ts'
import { sql } from '../../core/sql.ts'
import { hexId, seedTrainer, until } from '../helpers/seed-runs.ts'

beforeEach(async () => {
  await sql()`delete from job`
})

const queue = (images = 60) => createJob('synthetic', { name: 'try', images, seed: 1 }, 'ada')
async function claim(): Promise<ClaimedJob> {
  const job = await claimJob(await seedTrainer())
  if (job === null) throw new Error('nothing to claim')
  return job
}

test('a job is claimed once, oldest first, reports and finishes with its result', async () => {
  const first = await queue()
  await queue(61)
  const jobs = await Promise.all(Array.from({ length: 4 }, async () => claimJob(await seedTrainer())))
  expect(jobs.filter((job) => job !== null)).toHaveLength(2)
  const job = jobs.find((found) => found?.jobId === first.job_id)
  if (job == null) throw new Error('the first was not claimed')
  expect(job).toMatchObject({ kind: 'synthetic', payload: { name: 'try', images: 60, seed: 1 }, attempt: 1, actor: 'ada' })
  await reportJob(job, 0.5, 'Image 30 of 60')
  expect(await getJob(job.jobId)).toMatchObject({ status: 'running', progress: 0.5, message: 'Image 30 of 60' })
  await finishJob(job, { dataset: 'try' })
  expect(await getJob(job.jobId)).toMatchObject({ status: 'finished', progress: 1, result: { dataset: 'try' }, error: null })
  await expect(finishJob(job, {})).rejects.toMatchObject({ code: 'LEASE_LOST' })
  await expect(reportJob(job, 1, '')).rejects.toMatchObject({ code: 'LEASE_LOST' })
  expect(await listJobs({ status: 'finished' })).toHaveLength(1)
  expect(await listJobs({ limit: 1 })).toHaveLength(1)
})

test('a job that reads files is done on their machine alone, and says where a trainer is missing', async () => {
  const { job_id: id, host } = await createJob('import', { name: 'mine', path: '/data/mine' }, 'ada')
  expect(host).toBe(hostname())
  const elsewhere = await seedTrainer('elsewhere', 'another-machine')
  expect(await claimJob(elsewhere)).toBeNull()
  const other = await queue()
  expect((await claimJob(elsewhere))?.jobId).toBe(other.job_id)
  expect((await getJob(id)).message).toMatch(`Its files are on ${hostname()}, where no trainer runs`)
  const here = await seedTrainer('here', hostname())
  expect(await listJobs({ kind: 'import' })).toMatchObject([{ job_id: id, message: '' }])
  expect((await claimJob(here))?.jobId).toBe(id)
})

test('a payload that cannot be used is refused with its field', async () => {
  await expect(queue(3)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('images') })
  await expect(createJob('import', { name: '../x', path: '/a' }, 'ada')).rejects.toMatchObject({ message: expect.stringContaining('name') })
  await expect(createJob('evaluate', { split_id: hexId(), side: 'val' }, 'ada')).rejects.toMatchObject({
    message: expect.stringContaining('run_id'),
  })
})

test('a failure keeps its code, its message and what is wrong with which file', async () => {
  await queue()
  const job = await claim()
  const problems = [{ file: 'a.png', reason: 'mask of another size' }]
  await failJob(job, new AppError('INVALID_DATASET', 'One image cannot be used.', { details: { problems } }))
  expect(await getJob(job.jobId)).toMatchObject({
    status: 'failed',
    error: { error_code: 'INVALID_DATASET', message: 'One image cannot be used.', problems },
  })
})

test('a job whose worker dies is done again, and failed with the reason after three attempts; a shutdown does not count', async () => {
  const { job_id: id } = await queue()
  for (let i = 0; i < 5; i++) await releaseJob(await claim())
  for (let attempt = 1; attempt <= 3; attempt++) {
    const job = await claim()
    expect(job.attempt).toBe(attempt)
    await recoverLostJobs({ hold: job, why: 'Its process was ended by SIGKILL' })
  }
  const job = await getJob(id)
  expect(job.status).toBe('failed')
  expect(job.error?.message).toContain('SIGKILL')
})

test('an expired lease is given to another worker, unless it is renewed in time', async () => {
  await queue()
  const old = await claim()
  const expire = (): Promise<unknown> => sql()`update job set lease_expires_at = now() - interval '1 s' where id = ${old.jobId}`
  await expire()
  expect(await renewJobs([old])).toEqual(new Map([[old.jobId, false]]))
  expect(await claimJob(await seedTrainer())).toBeNull()
  await expire()
  const trainer = await seedTrainer('next')
  const next = await until(() => claimJob(trainer), 500)
  expect(next.attempt).toBe(2)
  expect(await renewJobs([old])).toEqual(new Map())
  await expect(finishJob(old, {})).rejects.toMatchObject({ code: 'LEASE_LOST' })
})

test('a queued job is cancelled at once, a running one when its worker hears of it, an ended one not at all', async () => {
  const queued = await queue()
  expect((await cancelJob(queued.job_id)).status).toBe('cancelled')
  await expect(cancelJob(queued.job_id)).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
  await expect(cancelJob(hexId())).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  await queue()
  const running = await claim()
  expect((await cancelJob(running.jobId)).status).toBe('running')
  expect(await readCancelled([running.jobId])).toEqual(new Set([running.jobId]))
  expect(await renewJobs([running])).toEqual(new Map([[running.jobId, true]]))
  await endCancelledJob(running)
  expect((await getJob(running.jobId)).status).toBe('cancelled')
})
