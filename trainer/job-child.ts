import { toAppError } from '../core/errors.ts'
import type { ClaimedJob } from '../core/jobs/claim-job.ts'
import { isJobKind, type JobContext, jobDefinitions, type JobKind, type JobPayload } from '../core/jobs/definitions.ts'
import { endCancelledJob, failJob, finishJob, reportJob } from '../core/jobs/end-job.ts'

/**
 * Does one job and ends. Forked by the agent with IPC: `{ type: 'start', claimed }` begins, `{ type: 'cancel' }` ends it
 * early; it leaves when the channel breaks. When the trainer is shut down it is killed, and done again from its start.
 */
type Handler<K extends JobKind> = (payload: JobPayload<K>, context: JobContext) => Promise<object | void>

// Loaded when needed: an import has no use for TensorFlow.
const handlers: { [K in JobKind]: () => Promise<Handler<K>> } = {
  import: async () => (await import('../core/datasets/import-job.ts')).runImportJob,
  synthetic: async () => (await import('../core/datasets/import-job.ts')).runSyntheticJob,
  evaluate: async () => (await import('./evaluate-job.ts')).runEvaluateJob,
  'reveal-test': async () => (await import('./evaluate-job.ts')).runRevealTestJob,
  'delete-runs': async () => (await import('../core/runs/delete-runs.ts')).runDeleteRunsJob,
}

const REPORT_MS = 500
const RETRY_MS = 1000
const abort = new AbortController()

process.on('message', (message: { type: string; claimed?: ClaimedJob }) => {
  if (message.type === 'start' && message.claimed !== undefined) void run(message.claimed).then((status) => process.exit(status))
  else if (message.type === 'cancel') abort.abort(new Error('cancelled'))
})
process.on('disconnect', () => process.exit(0))

async function run(claimed: ClaimedJob): Promise<number> {
  const hold = { jobId: claimed.jobId, leaseToken: claimed.leaseToken }
  try {
    const result = await perform(claimed.kind, claimed)
    await untilDatabaseAnswers(() => finishJob(hold, { ...result }))
    return 0
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'LEASE_LOST') return error.exitStatus
    if (error.code === 'INTERNAL_ERROR' && !abort.signal.aborted) console.error(thrown)
    return untilDatabaseAnswers(() => (abort.signal.aborted ? endCancelledJob(hold) : failJob(hold, thrown))).then(
      () => 0,
      (failure: unknown) => toAppError(failure).exitStatus,
    )
  }
}

async function perform<K extends JobKind>(kind: K, claimed: ClaimedJob): Promise<object> {
  if (!isJobKind(kind)) throw new Error(`There is no handler for jobs of kind ${String(kind)}.`)
  const payload = jobDefinitions[kind].parse(claimed.payload) as JobPayload<K>
  const handler = await handlers[kind]()
  return (await handler(payload, contextOf(claimed))) ?? {}
}

function contextOf(claimed: ClaimedJob): JobContext {
  let last = 0
  let busy = false
  return {
    jobId: claimed.jobId,
    attempt: claimed.attempt,
    actor: claimed.actor,
    signal: abort.signal,
    report(progress, message) {
      process.send?.({ type: 'progress' })
      if (busy || Date.now() - last < REPORT_MS) return
      busy = true
      last = Date.now()
      reportJob(claimed, progress, message)
        .catch((thrown: unknown) => {
          const error = toAppError(thrown)
          if (error.code === 'LEASE_LOST') abort.abort(error)
        })
        .finally(() => (busy = false))
    },
  }
}

async function untilDatabaseAnswers(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (thrown) {
      if (toAppError(thrown).code !== 'TEMPORARILY_UNAVAILABLE') throw thrown
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
