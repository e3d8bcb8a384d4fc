import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AppError } from '../../../core/errors.ts'
import { syntheticImage } from '../../../core/datasets/synthetic.ts'
import { DEFAULT_NORMALISE } from '../../../core/segmentation/normalise.ts'
import { openBatchFeed } from '../../../trainer/batch-feed.ts'
import { AHEAD, type BatchThreadStart, type Delivery, type Order } from '../../../trainer/batch-thread/messages.ts'
import { openBatchThread } from '../../../trainer/batch-thread/open-batch-thread.ts'
import { type Batch, type BatchFeed, type BatchParameters, epochBatches } from '../../../trainer/batches.ts'
import { type DataImage, fillCache, sampleSource, type SampleSource } from '../../../trainer/data.ts'
import { startThread } from '../../../trainer/threads/start-thread.ts'
import { threads } from '../../helpers/threads.ts'

const PARAMS: BatchParameters = {
  image_size: 32,
  batch_size: 3,
  augmentation: 'strong',
  sampling: 'crop',
  balance: 'strata',
  foreground_crops: 0.5,
  target: 'semantic+border',
  loss: 'boundary_weighted',
  seed: 4,
}
const never = new AbortController().signal

let images: DataImage[]
let source: SampleSource
let feeds: BatchFeed[] = []

beforeAll(async () => {
  images = Array.from({ length: 7 }, (_, index) => {
    const { name, image, labels } = syntheticImage(index, 5, 96)
    const { width, height } = labels
    const read: DataImage['read'] = () => Promise.resolve({ raster: image, labels })
    return { id: `image-${index}`, name, stratum: index < 5 ? 'common' : 'rare', width, height, read }
  })
  source = sampleSource(images, DEFAULT_NORMALISE, undefined)
  await fillCache(source, () => {}, never)
})
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.close()))
  feeds = []
})

/** Functions do not travel: the thread gets of its images what an epoch is made of. */
const startOf = (changes: Partial<BatchParameters> = {}): BatchThreadStart => ({
  images: images.map(({ width, height, stratum }) => ({ width, height, stratum })),
  samples: source.held(),
  params: { ...PARAMS, ...changes },
})
function open(start = startOf()): BatchFeed {
  const feed = openBatchThread(start)
  feeds.push(feed)
  return feed
}

/** Of every batch all there is, its numbers as a digest: a difference among a million of them is not worth showing. */
async function collect(batches: AsyncIterable<Batch>): Promise<object[]> {
  const digest = (data: Float32Array | Int32Array | undefined): string | undefined =>
    data && createHash('sha256').update(data).digest('hex').slice(0, 8)
  const list: object[] = []
  for await (const { index, imageIds, inputs, classes, weights } of batches) {
    list.push({ index, imageIds, inputs: digest(inputs), classes: digest(classes), weights: digest(weights) })
  }
  return list
}

describe('batches of the thread', () => {
  test.each<Partial<BatchParameters>>([
    {},
    { sampling: 'resize', augmentation: 'standard', loss: 'dice', target: 'semantic', balance: 'none' },
  ])('are those of this thread, bit for bit and in their order: %o', async (changes) => {
    const feed = open(startOf(changes))
    for (const epoch of [1, 2]) {
      const here = await collect(epochBatches(images, source, { ...PARAMS, ...changes }, epoch))
      expect(here.length).toBeGreaterThan(2)
      expect(await collect(feed.epoch(epoch))).toEqual(here)
    }
  })

  test('of an epoch follow one that was left early, as if it had not been begun', async () => {
    const feed = open()
    for await (const { index } of feed.epoch(1)) {
      expect(index).toBe(0)
      // as a training step does: what is delivered meanwhile is not seen before the epoch is left
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
      break
    }
    const whole = await collect(feed.epoch(2))
    expect(whole).toEqual(await collect(epochBatches(images, source, PARAMS, 2)))
    // and again from the start
    expect(await collect(feed.epoch(2))).toEqual(whole)
  })

  test('wait ready, and no more of them than may', async () => {
    const thread = startThread(new URL('../../../trainer/batch-thread/serve-batches.ts', import.meta.url), startOf())
    const deliveries: Delivery[] = []
    thread.on('message', (delivery: Delivery) => deliveries.push(delivery))
    const order = (message: Order): void => thread.postMessage(message)
    const settled = async (): Promise<number> => {
      for (let before = -1; before !== deliveries.length; await sleep(300)) before = deliveries.length
      return deliveries.length
    }
    try {
      order({ turn: 1, begin: 1 })
      while (deliveries.length === 0) await sleep(20)
      expect(await settled()).toBe(AHEAD)
      order({ turn: 1, taken: true })
      expect(await settled()).toBe(AHEAD + 1)
      // an order of an epoch that is over gives no room to the one under way
      order({ turn: 2, begin: 2 })
      order({ turn: 1, taken: true })
      order({ turn: 1, abandon: true })
      expect(await settled()).toBe(2 * AHEAD + 1)
      order({ turn: 2, abandon: true })
      order({ turn: 2, taken: true })
      expect(await settled()).toBe(2 * AHEAD + 1)
    } finally {
      await thread.terminate()
    }
  })

  test('are prepared here when not all images fit into memory, and the log says so', async () => {
    const one = source.held()[0]!
    const small = sampleSource(images, DEFAULT_NORMALISE, undefined, 2.5 * (one.pixels.byteLength + one.labels.byteLength))
    await fillCache(small, () => {}, never)
    const before = threads()
    const lines: string[] = []
    const feed = openBatchFeed(images, small, PARAMS, (line) => lines.push(line))
    expect(threads()).toBe(before)
    expect(lines).toEqual([expect.stringMatching(/^only 2 of 7 training images fit into memory/)])
    expect(await collect(feed.epoch(1))).toEqual(await collect(epochBatches(images, source, PARAMS, 1)))
    await feed.close()
  })

  test('are prepared by a thread when all fit, on the same memory', async () => {
    const before = threads()
    const feed = openBatchFeed(images, source, PARAMS, () => {})
    feeds.push(feed)
    await feed.epoch(1).next()
    expect(threads()).toBe(before + 1)
    expect(source.held().every(({ pixels, labels }) => [pixels, labels].every(({ buffer }) => buffer instanceof SharedArrayBuffer))).toBe(
      true,
    )
  })
})

describe('the thread', () => {
  test('ends when it is closed, also in the middle of an epoch', async () => {
    const before = threads()
    const feed = open()
    const epoch = feed.epoch(1)
    expect((await epoch.next()).done).toBe(false)
    expect(threads()).toBe(before + 1)
    await feed.close()
    expect(threads()).toBe(before)
    await epoch.return()
  })

  test('passes on what goes wrong in it, with its place, and serves the next epoch', async () => {
    // an image without its sample
    const feed = open({ ...startOf(), samples: source.held().slice(0, 6) })
    const failure = await collect(feed.epoch(1)).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'INTERNAL_ERROR', message: 'There is no training image 6.' })
    expect((failure as AppError).stack).toContain('serve-batches')
    await expect(collect(feed.epoch(2))).rejects.toThrow('There is no training image 6.')
  })

  test('that dies fails the batch that is waited for, and every later one', async () => {
    const feed = open()
    const epoch = feed.epoch(1)
    await epoch.next()
    // as an exit of the thread by itself is: it ends while a batch is waited for
    const waiting = collect(epoch)
    await feed.close()
    const ended = { code: 'INTERNAL_ERROR', message: 'The thread that prepares batches has ended.' }
    await expect(waiting).rejects.toMatchObject(ended)
    await expect(collect(feed.epoch(2))).rejects.toMatchObject(ended)
  })

  test('keeps no process alive that forgets it, and keeps one that waits for a batch', () => {
    const program = fileURLToPath(new URL('../../helpers/programs/forgotten-batch-thread.ts', import.meta.url))
    const output = execFileSync(process.execPath, ['--import', 'tsx', program], { timeout: 30_000 })
    expect(output.toString()).toBe('batch of a\n')
  })
})
