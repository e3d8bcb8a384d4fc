import { artifactStore } from '../artifacts/index.ts'
import type { ImageScoreView } from '../contracts/views.ts'
import { AppError, toAppError } from '../errors.ts'
import { CHANNELS, coalescedNotifier } from '../notify.ts'
import { type EndStatus, endRun } from './end-run.ts'
import type { LeaseHold } from './lease.ts'
import type { EvaluationSettings } from './store-evaluation.ts'
import { RecordWriter } from './writer/apply-record.ts'
import { RecordQueue } from './writer/record-queue.ts'
import type { NewArtifact, PointRecord } from './writer/records.ts'
import { type CheckpointRef, newestCheckpoint, rewindTo } from './writer/resume.ts'
import { RunLog } from './writer/run-log.ts'
import { leftoverSpools, readSpool, removeSpools, Spool } from './writer/spool.ts'
import { storeFiles } from './writer/store-files.ts'

export type { NewArtifact } from './writer/records.ts'
export type { CheckpointRef } from './writer/resume.ts'

const POINTS_FLUSH_MS = 100
const PROGRESS_MS = 1000
const RETRY_MS = 1000

export interface EpochWrite {
  /** From 1; also the step of `points`. */
  epoch: number
  /** Global step. */
  step: number
  points: { key: string; value: number }[]
  imageScores: { imageId: string; score: ImageScoreView }[]
  artifacts: NewArtifact[]
  /** The best epoch so far; null leaves what is recorded. */
  best: { epoch: number; value: number } | null
  imagesPerSecond: number | null
  etaSeconds: number | null
}

/** Scores of the best weights after training, and the files that follow from them. */
export interface EvaluationWrite {
  side: 'val'
  /** Of the weights. */
  epoch: number
  settings: EvaluationSettings
  summary: Record<string, number>
  scores: { imageId: string; score: ImageScoreView }[]
  artifacts: NewArtifact[]
}

export interface Progress {
  /** The epoch under way. Not recorded: a run's `epoch` is its last complete one. */
  epoch: number
  step: number
  imagesPerSecond: number | null
  etaSeconds: number | null
  message?: string
}

/**
 * How the child that trains a run writes: everything in order, fenced by its lease, on disk while the database is away.
 * Values may be NaN or infinite.
 */
export interface RunWriter {
  /** Aborted when the lease was lost (reason: AppError LEASE_LOST) or nothing can be written (disk full): stop at once. */
  readonly signal: AbortSignal
  /** Appends points by global step (`train/batch_loss`, `system/..`); buffered for at most 100 ms. */
  points: (list: { key: string; step: number; value: number }[]) => void
  /** Files first, then one transaction that replaces all of that epoch. Resolves when committed, or safe on disk. */
  epoch: (write: EpochWrite) => Promise<void>
  /** Files first, then one transaction with the scores, which replace those of an earlier attempt. Resolves like `epoch`. */
  evaluation: (write: EvaluationWrite) => Promise<void>
  /** Throttled to one a second. */
  progress: (progress: Progress) => void
  /** @returns the artifact's id */
  artifact: (file: NewArtifact) => Promise<string>
  log: (line: string) => void
  /** Where to go on: the newest intact checkpoint. What was written after it has been taken back already. */
  lastCheckpoint: () => Promise<CheckpointRef | null>
  /** Writes all that waits, however long the database is away, then ends the run. @throws AppError LEASE_LOST */
  end: (status: EndStatus, message: string) => Promise<void>
  /** Lets go without ending the run: what waits in memory for the database is dropped, what is on disk stays. */
  close: () => Promise<void>
}

/**
 * Opens the writer of a claimed run. From the second attempt on it first takes over what the attempt before left in its
 * spool on this machine (older spools are dropped: their epochs were trained again since), then takes the run back to
 * its newest intact checkpoint.
 * @throws AppError LEASE_LOST
 */
export async function openRunWriter(claimed: LeaseHold & { attempt: number }): Promise<RunWriter> {
  const { runId, leaseToken, attempt } = claimed
  const hold = { runId, leaseToken }
  const abort = new AbortController()
  const notifier = coalescedNotifier(CHANNELS.run, runId)
  const records = new RecordWriter(hold)
  const queue = new RecordQueue(
    async (record) => {
      const obsolete = await records.apply(record)
      notifier.wake()
      // The rows are gone: a file that stays behind costs only space, and goes with the run.
      for (const key of obsolete)
        await artifactStore()
          .delete(key)
          .catch(() => undefined)
    },
    new Spool(runId, attempt),
    (error) => abort.abort(error),
  )
  let checkpoint: CheckpointRef | null = null
  if (attempt > 1) {
    await adoptSpool(queue, runId, attempt - 1)
    checkpoint = await untilDatabaseAnswers(abort.signal, async () => {
      const newest = await newestCheckpoint(runId)
      await rewindTo(hold, newest)
      return newest
    })
    notifier.wake()
  }
  return writerOf(claimed, queue, abort.signal, checkpoint, notifier)
}

async function adoptSpool(queue: RecordQueue, runId: string, attempt: number): Promise<void> {
  const left = await leftoverSpools(runId)
  if (left.includes(attempt)) {
    for (const record of await readSpool(runId, attempt)) void queue.push(record).catch(() => undefined)
    await queue.drained()
  }
  if (left.length > 0) await removeSpools(runId)
}

function writerOf(
  { runId, leaseToken, attempt }: LeaseHold & { attempt: number },
  queue: RecordQueue,
  signal: AbortSignal,
  checkpoint: CheckpointRef | null,
  notifier: { stop: () => void },
): RunWriter {
  const log = new RunLog(runId, attempt, (artifact) => void queue.push({ type: 'log', artifact }).catch(() => undefined))
  let buffer: PointRecord[] = []
  let pointsTimer: NodeJS.Timeout | undefined
  let progressTimer: NodeJS.Timeout | undefined
  let latest: Progress | undefined
  let lastProgress = 0
  let batch = 0

  const flushPoints = (): void => {
    clearTimeout(pointsTimer)
    pointsTimer = undefined
    if (buffer.length > 0) void queue.push({ type: 'points', points: buffer }).catch(() => undefined)
    buffer = []
  }
  const flushProgress = (): void => {
    clearTimeout(progressTimer)
    progressTimer = undefined
    if (latest === undefined) return
    const { step, imagesPerSecond, etaSeconds, message } = latest
    latest = undefined
    lastProgress = Date.now()
    void queue.push({ type: 'progress', step, imagesPerSecond, etaSeconds, message: message ?? null }).catch(() => undefined)
  }
  const stopTimers = (): void => {
    clearTimeout(pointsTimer)
    clearTimeout(progressTimer)
    notifier.stop()
  }

  return {
    signal,
    points(list) {
      const at = Date.now()
      for (const point of list) buffer.push({ ...point, at })
      pointsTimer ??= setTimeout(flushPoints, POINTS_FLUSH_MS)
    },
    async epoch({ artifacts, ...write }) {
      flushPoints()
      latest = undefined
      const stored = await storeFiles(runId, attempt, ++batch, artifacts)
      await queue.push({ type: 'epoch', ...write, at: Date.now(), artifacts: stored })
    },
    async evaluation({ artifacts, ...write }) {
      const stored = await storeFiles(runId, attempt, ++batch, artifacts)
      await queue.push({ type: 'evaluation', ...write, artifacts: stored })
    },
    progress(progress) {
      latest = { ...progress, message: progress.message ?? latest?.message }
      const wait = lastProgress + PROGRESS_MS - Date.now()
      if (wait <= 0) flushProgress()
      else progressTimer ??= setTimeout(flushProgress, wait)
    },
    async artifact(file) {
      const [stored] = await storeFiles(runId, attempt, ++batch, [file])
      if (stored === undefined) throw new AppError('INTERNAL_ERROR', `The file ${file.name} was not stored.`)
      await queue.push({ type: 'artifacts', artifacts: [stored] })
      return stored.id
    },
    log: (line) => log.write(line),
    lastCheckpoint: () => Promise.resolve(checkpoint),
    async end(status, message) {
      flushPoints()
      flushProgress()
      await log.flush()
      await queue.drained()
      await untilDatabaseAnswers(signal, () => endRun({ runId, leaseToken, status, message }))
      await removeSpools(runId)
      stopTimers()
    },
    async close() {
      stopTimers()
      await log.flush()
      queue.fail(new AppError('LEASE_LOST', 'The writer was closed.'))
    },
  }
}

async function untilDatabaseAnswers<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code !== 'TEMPORARILY_UNAVAILABLE' || signal.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
