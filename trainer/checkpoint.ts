import { z } from 'zod'
import { runParametersSchema } from '../core/contracts/run-parameters.ts'
import { AppError } from '../core/errors.ts'
import { decodeTensorFile, encodeTensorFile } from '../networks/tensor-file.ts'
import type { WeightSnapshot } from '../networks/weights.ts'

/**
 * All that a resume needs to go on as if nothing had happened, in one file. What is random is drawn from (seed, epoch,
 * step), so no generator's state belongs to it. The store writes it under another name, fsyncs, renames and keeps its
 * checksum: a kill in the middle leaves the one before.
 */
const stateSchema = z.object({
  format: z.literal('karyon-checkpoint-1'),
  /** The last complete epoch. */
  epoch: z.number().int().min(1),
  /** Training steps done. */
  step: z.number().int().min(0),
  optimizer: z.object({ step: z.number().int().min(0) }),
  best: z.object({ epoch: z.number().int(), value: z.number() }).nullable(),
  /** Least val/loss so far and its epoch, for early stopping. */
  least_loss: z.object({ epoch: z.number().int(), value: z.number() }).nullable(),
  /** Of the moving average of the weights: how often it was updated. */
  average: z.object({ updates: z.number().int().min(0) }).default({ updates: 0 }),
  /** Of the plateau schedule: what the learning rate is multiplied by, and the epoch after which that began. */
  plateau: z.object({ factor: z.number(), since: z.number().int() }).default({ factor: 1, since: 0 }),
  /** Results repeat bitwise at the same count only. */
  threads: z.number().int(),
  device: z.enum(['cpu', 'gpu']),
  params: runParametersSchema,
})
export type CheckpointState = z.infer<typeof stateSchema>

export interface Checkpoint {
  state: CheckpointState
  weights: WeightSnapshot
  moments: WeightSnapshot
  /** Moving averages of the weights; empty without. */
  averages: WeightSnapshot
}

/** The parts of a checkpoint, by the prefix that their tensors have in the file, in the order in which they stand there. */
const PARTS = [
  ['weights', 'weight/'],
  ['moments', 'moment/'],
  ['averages', 'average/'],
] as const

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const data = new Float32Array(PARTS.reduce((sum, [part]) => sum + checkpoint[part].data.length, 0))
  const index: WeightSnapshot['index'] = []
  let at = 0
  for (const [part, prefix] of PARTS) {
    for (const { name, shape } of checkpoint[part].index) index.push({ name: prefix + name, shape })
    data.set(checkpoint[part].data, at)
    at += checkpoint[part].data.length
  }
  return encodeTensorFile({ metadata: checkpoint.state, tensors: { index, data } })
}

/** @throws AppError BAD_REQUEST when the bytes are damaged or of another version */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { metadata, tensors } = decodeTensorFile(bytes, 'The checkpoint')
  const parsed = stateSchema.safeParse(metadata)
  if (!parsed.success)
    throw new AppError('BAD_REQUEST', 'The checkpoint was written by another version of Karyon and cannot be read.', {
      cause: parsed.error,
    })
  let at = 0
  const [weights, moments, averages] = PARTS.map(([, prefix]): WeightSnapshot => {
    const own = tensors.index.filter(({ name }) => name.startsWith(prefix))
    const size = own.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    const data = tensors.data.subarray(at, at + size)
    at += size
    return { index: own.map(({ name, shape }) => ({ name: name.slice(prefix.length), shape })), data }
  })
  return { state: parsed.data, weights: weights!, moments: moments!, averages: averages! }
}
