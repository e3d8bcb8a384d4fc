import type { JobView, TestRevealView } from '../contracts/views.ts'
import { baselineSummary } from '../datasets/baseline-summary.ts'
import { countTestLooks } from '../datasets/test-looks.ts'
import { createJob } from '../jobs/create-job.ts'
import { type JobRow, toJobView } from '../jobs/job-view.ts'
import { sql } from '../sql.ts'
import { requireRun } from './require-run.ts'

/**
 * Queues the scoring of a run's best weights on the sealed test side; the look is counted, with its reason, when it begins.
 * @throws AppError RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE without a reason
 */
export async function revealTest(runId: string, reason: string, actor: string): Promise<JobView> {
  await requireRun(runId)
  return createJob('reveal-test', { run_id: runId, reason }, actor)
}

interface Scored {
  epoch: number | null
  metrics: Record<string, number>
  images: number
  at: Date
}

/** What is known of the test side of a run's dataset: how often it was looked at, and what the run scores there. */
export async function getTestReveal(runId: string): Promise<TestRevealView> {
  const { splitId, datasetVersionId } = await requireRun(runId)
  const db = sql()
  const [looks, [scored], [job]] = await Promise.all([
    countTestLooks(datasetVersionId),
    // Of the run's own best weights, or of the version that was registered from them.
    db<Scored[]>`
      select epoch, summary as metrics, created_at as at, (select count(*) from evaluation_image where evaluation_id = e.id) as images
      from evaluation e where run_id = ${runId} and side = 'test' order by created_at desc limit 1`,
    db<JobRow[]>`
      select * from job where kind = 'reveal-test' and payload ->> 'run_id' = ${runId} order by created_at desc, id limit 1`,
  ])
  return {
    run_id: runId,
    looks,
    scores:
      scored === undefined
        ? null
        : {
            epoch: scored.epoch,
            images: scored.images,
            metrics: scored.metrics,
            // The baseline's figures of the sealed side are told with the run's, never before.
            baseline: splitId === null ? {} : await baselineSummary(splitId, 'test'),
            scored_at: scored.at.getTime(),
          },
    job: job === undefined ? null : toJobView(job),
  }
}
