import type { JobView } from '../core/contracts/views.ts'
import { AppError, type ErrorCode } from '../core/errors.ts'
import { cancelJob } from '../core/jobs/cancel-job.ts'
import { getJob } from '../core/jobs/get-job.ts'
import { listTrainers } from '../core/runs/trainers.ts'
import { note } from './output.ts'
import { Progress } from './progress.ts'

const POLL_MS = 300
const PATIENCE_MS = 3000

/**
 * Shows a job's progress until it ends; Ctrl-C cancels it.
 * @returns the job, finished
 * @throws AppError with what the job failed with, or RESOURCE_CONFLICT when it was cancelled
 */
export async function followJob(jobId: string, title: string): Promise<JobView> {
  const progress = new Progress()
  let warned = false
  const onInterrupt = (): void => {
    progress.clear()
    note('Cancelling ..')
    cancelJob(jobId).catch(() => undefined)
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onInterrupt)
  try {
    for (;;) {
      const job = await getJob(jobId)
      if (job.status === 'finished') return job
      if (job.status === 'failed')
        throw new AppError((job.error?.error_code ?? 'INTERNAL_ERROR') as ErrorCode, job.error?.message ?? 'The job failed.', {
          details: { problems: job.error?.problems },
        })
      if (job.status === 'cancelled') throw new AppError('RESOURCE_CONFLICT', 'The job was cancelled; nothing of it was kept.')
      if (
        job.status === 'queued' &&
        !warned &&
        progress.milliseconds > PATIENCE_MS &&
        !(await listTrainers()).some((trainer) => trainer.alive)
      ) {
        warned = true
        progress.clear()
        note('No trainer is running to do this: start one with `npm start` or `karyon trainer`. Waiting for it ..')
      }
      progress.show(title, job.status === 'running' ? job.progress : undefined, job.message)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    progress.clear()
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onInterrupt)
  }
}
