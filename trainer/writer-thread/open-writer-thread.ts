import { AppError } from '../../core/errors.ts'
import type { LeaseHold } from '../../core/runs/lease.ts'
import type { CheckpointRef, RunWriter } from '../../core/runs/run-writer.ts'
import { startThread } from '../threads/start-thread.ts'
import { fromWireError } from '../threads/wire-error.ts'
import type { Answer, Asked, Told } from './messages.ts'

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: AppError) => void
}

/**
 * The writer of a claimed run, in a thread of its own. TensorFlow blocks the thread that calls it, for seconds on a slow
 * machine: a transaction begun there would hold the run's row from one training step to the next, the agent's beat would
 * wait for it, and the lease of a healthy run would expire. It also keeps an epoch's points from waiting for a step.
 * @throws AppError LEASE_LOST
 */
export async function openWriterThread(claimed: LeaseHold & { attempt: number }): Promise<RunWriter> {
  const worker = startThread(new URL('./serve-writer.ts', import.meta.url))
  const abort = new AbortController()
  const waiting = new Map<number, Waiting>()
  let last = 0

  const fail = (error: AppError): void => {
    abort.abort(error)
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (message: Answer) => {
    if ('aborted' in message) {
      abort.abort(fromWireError(message.aborted))
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) call?.reject(fromWireError(message.error))
    else call?.resolve(message.value)
  })
  worker.on('error', (cause) => fail(new AppError('INTERNAL_ERROR', 'The thread that writes the run has failed.', { cause })))

  const tell = (message: Told): void => worker.postMessage(message)
  const ask = (message: Asked): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (abort.signal.aborted && message.asked !== 'close') {
        reject(abort.signal.reason as AppError)
        return
      }
      const id = ++last
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...message, id })
    })

  const { runId, leaseToken, attempt } = claimed
  await ask({ asked: 'open', argument: { runId, leaseToken, attempt } })
  return {
    signal: abort.signal,
    points: (argument) => tell({ told: 'points', argument }),
    progress: (argument) => tell({ told: 'progress', argument }),
    log: (argument) => tell({ told: 'log', argument }),
    epoch: async (argument) => void (await ask({ asked: 'epoch', argument })),
    evaluation: async (argument) => void (await ask({ asked: 'evaluation', argument })),
    artifact: async (argument) => (await ask({ asked: 'artifact', argument })) as string,
    lastCheckpoint: async () => (await ask({ asked: 'lastCheckpoint', argument: null })) as CheckpointRef | null,
    async end(...argument) {
      await ask({ asked: 'end', argument })
      await worker.terminate()
    },
    async close() {
      await ask({ asked: 'close', argument: null })
      await worker.terminate()
    },
  }
}
