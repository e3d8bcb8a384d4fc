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
}

const WEIGHT = 'weight/'
const MOMENT = 'moment/'

export function encodeCheckpoint({ state, weights, moments }: Checkpoint): Uint8Array {
  const data = new Float32Array(weights.data.length + moments.data.length)
  data.set(weights.data)
  data.set(moments.data, weights.data.length)
  const index = [
    ...weights.index.map(({ name, shape }) => ({ name: WEIGHT + name, shape })),
    ...moments.index.map(({ name, shape }) => ({ name: MOMENT + name, shape })),
  ]
  return encodeTensorFile({ metadata: state, tensors: { index, data } })
}

/** @throws AppError BAD_REQUEST when the bytes are damaged or of another version */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { metadata, tensors } = decodeTensorFile(bytes, 'The checkpoint')
  const parsed = stateSchema.safeParse(metadata)
  if (!parsed.success)
    throw new AppError('BAD_REQUEST', 'The checkpoint was written by another version of Karyon and cannot be read.', {
      cause: parsed.error,
    })
  const count = tensors.index.findIndex(({ name }) => name.startsWith(MOMENT))
  const weightIndex = count === -1 ? tensors.index : tensors.index.slice(0, count)
  const size = weightIndex.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  const part = (index: WeightSnapshot['index'], prefix: string, data: Float32Array): WeightSnapshot => ({
    index: index.map(({ name, shape }) => ({ name: name.slice(prefix.length), shape })),
    data,
  })
  return {
    state: parsed.data,
    weights: part(weightIndex, WEIGHT, tensors.data.subarray(0, size)),
    moments: part(tensors.index.slice(weightIndex.length), MOMENT, tensors.data.subarray(size)),
  }
}
