import { AppError } from '../../core/errors.ts'
import type { Batch, BatchFeed } from '../batches.ts'
import { startThread } from '../threads/start-thread.ts'
import { fromWireError } from '../threads/wire-error.ts'
import type { BatchThreadStart, Delivery, Order } from './messages.ts'

/**
 * Prepares batches in a thread of its own, some ahead of the training step: TensorFlow blocks the thread that calls it, and
 * would wait in turn while that thread cuts and augments the next batch.
 */
export function openBatchThread(start: BatchThreadStart): BatchFeed {
  const worker = startThread(new URL('./serve-batches.ts', import.meta.url), start)
  let turn = 0
  let arrived: Delivery[] = []
  let failure: AppError | undefined
  let onNews = (): void => {}

  const fail = (message: string, cause?: unknown): void => {
    failure ??= new AppError('INTERNAL_ERROR', message, { cause })
    onNews()
  }
  worker.on('message', (delivery: Delivery) => {
    if (delivery.turn !== turn) return
    arrived.push(delivery)
    onNews()
  })
  worker.on('error', (cause) => fail('The thread that prepares batches has failed.', cause))
  worker.on('exit', () => fail('The thread that prepares batches has ended.'))

  // A run that forgets to close it still ends; while a batch is waited for, the thread keeps the process. Only here, for a
  // listener takes it back.
  worker.unref()

  const order = (message: Order): void => worker.postMessage(message)

  const nextOf = async (own: number): Promise<Delivery> => {
    worker.ref()
    try {
      for (;;) {
        if (turn !== own) throw new AppError('INTERNAL_ERROR', 'Batches of two epochs were asked for at once.')
        const next = arrived.shift()
        if (next !== undefined) return next
        if (failure !== undefined) throw failure
        await new Promise<void>((resolve) => (onNews = resolve))
      }
    } finally {
      worker.unref()
    }
  }

  return {
    async *epoch(epoch): AsyncGenerator<Batch, void, undefined> {
      const own = ++turn
      arrived = []
      onNews()
      order({ turn: own, begin: epoch })
      try {
        for (;;) {
          const next = await nextOf(own)
          if ('error' in next) throw fromWireError(next.error)
          if ('end' in next) return
          order({ turn: own, taken: true })
          yield next.batch
        }
      } finally {
        // What is left of an epoch that ends before its time is neither prepared nor kept.
        order({ turn: own, abandon: true })
        if (turn === own) arrived = []
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}
