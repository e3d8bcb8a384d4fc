import { openBatchThread } from '../../../trainer/batch-thread/open-batch-thread.ts'
import type { BatchFeed } from '../../../trainer/batches.ts'

/** Of two threads uses one, takes one batch of an epoch and closes neither: it must wait for the batch, then end. */
const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes)
const open = (): BatchFeed =>
  openBatchThread({
    images: [{ width: 128, height: 128, stratum: '' }],
    samples: [
      { id: 'a', width: 128, height: 128, pixels: new Uint8Array(shared(3 * 128 ** 2)), labels: new Uint16Array(shared(2 * 128 ** 2)) },
    ],
    params: {
      image_size: 32,
      batch_size: 1,
      augmentation: 'none',
      sampling: 'crop',
      balance: 'none',
      foreground_crops: 0,
      target: 'semantic',
      loss: 'dice',
      seed: 1,
    },
  })
open()
const { value } = await open().epoch(1).next()
if (value !== undefined) console.log(`batch of ${value.imageIds.join()}`)
