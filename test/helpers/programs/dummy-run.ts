import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from '../../../core/env.ts'
import type { ClaimedRun } from '../../../core/runs/claim-run.ts'
import type { RunRequest } from '../../../core/runs/renew-leases.ts'
import { openRunWriter } from '../../../core/runs/run-writer.ts'

/**
 * Stands for the child that trains, without TensorFlow: an epoch is 200 ms of sleep. It obeys the same messages. A run
 * named "crash" dies at once; one named "deaf" hears no request.
 */
let asked: RunRequest | undefined
process.on('disconnect', () => process.exit(0))
process.on('message', (message: { type: string; claimed?: ClaimedRun; request?: RunRequest }) => {
  if (message.type === 'request') asked = message.request
  if (message.type === 'start' && message.claimed !== undefined) {
    train(message.claimed).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
})

async function train(claimed: ClaimedRun): Promise<void> {
  if (claimed.name === 'crash') throw new RangeError('no such thing')
  const writer = await openRunWriter(claimed)
  writer.signal.addEventListener('abort', () => process.exit(9))
  const from = (await writer.lastCheckpoint())?.epoch ?? 0
  for (let epoch = from + 1; epoch <= claimed.params.epochs; epoch++) {
    // Which process trained which epoch, for the test to see.
    appendFileSync(join(env().home, `${claimed.runId}.epochs`), `${claimed.attempt}:${epoch}:${process.pid}\n`)
    process.send?.({ type: 'progress' })
    writer.log(`epoch ${epoch}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await writer.epoch({
      epoch,
      step: epoch,
      points: [{ key: 'val/dice', value: epoch / 100 }],
      imageScores: [],
      artifacts: [
        { kind: 'checkpoint', name: `checkpoint/${epoch}`, bytes: Buffer.from(String(epoch)), epoch },
        { kind: 'model', name: 'model/weights.bin', bytes: Buffer.from(String(epoch)), epoch, isBest: true },
      ],
      best: { epoch, value: epoch / 100 },
      imagesPerSecond: 1,
      etaSeconds: null,
    })
    if (asked !== undefined && claimed.name !== 'deaf') break
  }
  const outcome = { stop: 'finished', cancel: 'cancelled', prune: 'pruned' } as const
  await writer.end(asked === undefined ? 'finished' : outcome[asked], asked ?? 'Done')
}
