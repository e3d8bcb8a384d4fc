import { parentPort } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { epochBatches } from '../batches.ts'
import { threadData } from '../threads/start-thread.ts'
import { toWireError } from '../threads/wire-error.ts'
import { AHEAD, type BatchThreadStart, type Delivery, type Order } from './messages.ts'

/** The thread that prepares batches: of the epoch that was asked for last, and no more than AHEAD that nobody has taken. */
const { images, samples, params } = threadData() as BatchThreadStart
const source = {
  get(index: number) {
    const sample = samples[index]
    return sample === undefined
      ? Promise.reject(new AppError('INTERNAL_ERROR', `There is no training image ${index}.`))
      : Promise.resolve(sample)
  },
}
let turn = 0
let room = 0
let onRoom = (): void => {}

parentPort?.on('message', (order: Order) => {
  if ('begin' in order) {
    turn = order.turn
    room = AHEAD
    void prepare(order.turn, order.begin)
  } else if (order.turn === turn) {
    if ('taken' in order) room++
    else turn = 0
  }
  onRoom()
})

async function prepare(own: number, epoch: number): Promise<void> {
  const deliver = (delivery: Delivery, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(delivery, transfer)
  try {
    const batches = epochBatches(images, source, params, epoch)
    for (;;) {
      while (room === 0 && turn === own) await new Promise<void>((resolve) => (onRoom = resolve))
      if (turn !== own) return
      const { value: batch, done } = await batches.next()
      if (done === true) return deliver({ turn: own, end: true })
      room--
      const { inputs, classes, weights } = batch
      deliver({ turn: own, batch }, [inputs.buffer, classes.buffer, ...(weights === undefined ? [] : [weights.buffer])])
    }
  } catch (thrown) {
    deliver({ turn: own, error: toWireError(thrown) })
  }
}
