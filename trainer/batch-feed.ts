import { epochBatches } from './batches.ts'
import type { BatchFeed, BatchParameters } from './batches.ts'
import { openBatchThread } from './batch-thread/open-batch-thread.ts'
import type { DataImage, SampleSource } from './data.ts'

/**
 * Batches prepared by another thread ahead of the training step, where all images are in memory; otherwise in this one, which
 * reads what it lacks. Either way they are the same, bit for bit.
 */
export function openBatchFeed(
  images: readonly DataImage[],
  source: SampleSource,
  params: BatchParameters,
  log: (line: string) => void,
): BatchFeed {
  const samples = source.held()
  if (samples.length === source.count) {
    return openBatchThread({ images: images.map(({ width, height, stratum }) => ({ width, height, stratum })), samples, params })
  }
  log(
    `only ${samples.length} of ${source.count} training images fit into memory: batches are prepared between the training steps, which slows them down`,
  )
  return { epoch: (epoch) => epochBatches(images, source, params, epoch), close: () => Promise.resolve() }
}
