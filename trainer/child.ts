import { openDecodedCache } from '../core/datasets/decoded-cache.ts'
import { getDatasetVersion } from '../core/datasets/get-dataset.ts'
import { splitImages } from '../core/datasets/split-images.ts'
import { artifactStore } from '../core/artifacts/index.ts'
import { AppError, toAppError } from '../core/errors.ts'
import { getArtifactByName } from '../core/runs/artifacts.ts'
import type { ClaimedRun } from '../core/runs/claim-run.ts'
import type { RunWriter } from '../core/runs/run-writer.ts'
import { loadTrainRun } from './load-train-run.ts'
import { dataImage } from './stored-image.ts'
import { SystemMeter } from './system-meter.ts'
import { openWriterThread } from './writer-thread/open-writer-thread.ts'
import type { Request, TrainConfig, TrainIo, TrainOutcome } from './train-run.ts'

/**
 * Trains one run and ends. Forked by the agent with IPC: `{ type: 'start', claimed }` begins, `{ type: 'request', request }`
 * passes on what a person or the sweep asks; it answers `{ type: 'progress' }` for every sign of life, and leaves when the
 * channel breaks: its agent is gone, and another will go on from the last checkpoint.
 */
let request: Request | undefined

process.on('message', (message: { type: string; claimed?: ClaimedRun; request?: Request }) => {
  if (message.type === 'start' && message.claimed !== undefined) void run(message.claimed).then((status) => process.exit(status))
  // A cancel is not taken back by a later stop.
  else if (message.type === 'request' && request !== 'cancel') request = message.request
})
process.on('disconnect', () => process.exit(0))

async function run(claimed: ClaimedRun): Promise<number> {
  let writer: RunWriter
  try {
    writer = await openWriterThread(claimed)
  } catch (thrown) {
    return leave(thrown)
  }
  try {
    const outcome = await train(claimed, writer)
    await writer.end(outcome.status, outcome.message)
    return 0
  } catch (thrown) {
    const error = toAppError(writer.signal.aborted ? writer.signal.reason : thrown)
    // A database that is away is no fault of the run: its agent queues it again.
    if (error.code === 'LEASE_LOST' || error.code === 'TEMPORARILY_UNAVAILABLE') return leave(error)
    if (error.code === 'INTERNAL_ERROR') writer.log(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    writer.log(`failed: ${error.message}`)
    return writer.end('failed', error.message).then(() => 0, leave)
  }
}

/** Ends without ending the run: its lease is lost, or will expire, and then another takes it up. */
function leave(thrown: unknown): number {
  const error = toAppError(thrown)
  console.error(error.message)
  return error.exitStatus
}

async function train(claimed: ClaimedRun, writer: RunWriter): Promise<TrainOutcome> {
  const config = await readConfig(claimed, (line) => writer.log(line))
  const meter = new SystemMeter()
  const alive = (): void => void process.send?.({ type: 'progress' })
  const io: TrainIo = {
    log: (line) => writer.log(line),
    points: (list) => writer.points(list),
    progress(progress) {
      alive()
      writer.progress(progress)
    },
    alive,
    epoch: (write) => writer.epoch(write),
    evaluation: (write) => writer.evaluation(write),
    artifact: (file) => writer.artifact(file),
    async lastCheckpoint() {
      const found = await writer.lastCheckpoint()
      return found === null ? null : artifactStore().get(found.key)
    },
    bestWeights: () => bestWeights(claimed.runId),
    request: () => request,
    systemPoints: () => meter.points(),
    signal: writer.signal,
  }
  const trainRun = await loadTrainRun()
  return trainRun(config, io)
}

async function readConfig(claimed: ClaimedRun, log: (line: string) => void): Promise<TrainConfig> {
  const [version, images] = await Promise.all([
    getDatasetVersion(claimed.datasetVersionId),
    splitImages(claimed.splitId, { limitImages: claimed.limitImages }),
  ])
  for (const side of ['train', 'val'] as const) {
    if (images[side].length === 0) {
      throw new AppError(
        'INVALID_DATASET',
        `${version.ref} has no images on its ${side === 'train' ? 'training' : 'validation'} side: it has too few groups to be split. Add images of other fields.`,
      )
    }
  }
  const { p10, p50, p90 } = version.diameters
  const cache = await openDecodedCache(version.dataset_version_id, log)
  return {
    runId: claimed.runId,
    params: claimed.params,
    metric: claimed.metric,
    dataset: { name: version.name, version: version.version, id: version.dataset_version_id },
    diameters: { p10: p10 ?? 0, p50: p50 ?? 0, p90: p90 ?? 0 },
    train: images.train.map((row) => dataImage(row, cache)),
    val: images.val.map((row) => dataImage(row, cache)),
    panel: images.panel,
  }
}

async function bestWeights(runId: string): Promise<Uint8Array | null> {
  try {
    const { key } = await getArtifactByName(runId, 'model/weights.bin')
    return await artifactStore().get(key)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'RESOURCE_DOES_NOT_EXIST') return null
    throw thrown
  }
}
