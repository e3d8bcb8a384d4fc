import { parentPort } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { openRunWriter, type RunWriter } from '../../core/runs/run-writer.ts'
import { toWireError } from '../threads/wire-error.ts'
import type { Answer, Asked, Request } from './messages.ts'

/** The thread that writes: holds the run's writer and does what the training thread asks, in its order. */
let writer: RunWriter | undefined

const answer = (message: Answer): void => parentPort?.postMessage(message)

parentPort?.on('message', (request: Request) => {
  if ('told' in request) {
    tell(request)
    return
  }
  const { id } = request
  ask(request).then(
    (value) => answer({ id, value }),
    (thrown: unknown) => answer({ id, error: toWireError(thrown) }),
  )
})

function tell(request: Extract<Request, { told: string }>): void {
  switch (request.told) {
    case 'points':
      return writer?.points(request.argument)
    case 'progress':
      return writer?.progress(request.argument)
    case 'log':
      return writer?.log(request.argument)
  }
}

async function ask(request: Asked): Promise<unknown> {
  if (request.asked === 'open') {
    const opened = await openRunWriter(request.argument)
    opened.signal.addEventListener('abort', () => answer({ aborted: toWireError(opened.signal.reason) }))
    writer = opened
    return null
  }
  if (writer === undefined) throw new AppError('INTERNAL_ERROR', 'The run writer was used before it was open.')
  switch (request.asked) {
    case 'epoch':
      return writer.epoch(request.argument)
    case 'evaluation':
      return writer.evaluation(request.argument)
    case 'artifact':
      return writer.artifact(request.argument)
    case 'lastCheckpoint':
      return writer.lastCheckpoint()
    case 'end':
      return writer.end(...request.argument)
    case 'close':
      return writer.close()
  }
}
