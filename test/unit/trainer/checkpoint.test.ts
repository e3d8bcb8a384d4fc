import { expect, test } from 'vitest'
import { REFERENCE_RUN_PARAMETERS } from '../../../core/contracts/run-parameters.ts'
import { encodeTensorFile } from '../../../networks/tensor-file.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../trainer/checkpoint.ts'

const checkpoint: Checkpoint = {
  state: {
    format: 'karyon-checkpoint-1',
    epoch: 3,
    step: 87,
    optimizer: { step: 29 },
    best: { epoch: 2, value: 0.8 },
    least_loss: null,
    average: { updates: 7 },
    plateau: { factor: 0.3, since: 2 },
    threads: 2,
    device: 'cpu',
    params: REFERENCE_RUN_PARAMETERS,
  },
  weights: {
    index: [
      { name: 'a/kernel', shape: [2, 2] },
      { name: 'b', shape: [1] },
    ],
    data: Float32Array.of(1, 2, 3, 4, 5),
  },
  moments: {
    index: [
      { name: 'a/kernel:0', shape: [2, 2] },
      { name: 'a/kernel:1', shape: [2, 2] },
    ],
    data: Float32Array.of(6, 7, 8, 9, 10, 11, 12, NaN),
  },
  averages: { index: [{ name: 'b', shape: [1] }], data: Float32Array.of(4.5) },
}

test('a checkpoint holds all that it was given', () => {
  expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint)
  const nothing = { index: [], data: new Float32Array(0) }
  const without = { ...checkpoint, moments: nothing, averages: nothing }
  expect(decodeCheckpoint(encodeCheckpoint(without))).toEqual(without)
})

test('one that was cut, or is of another version, is refused', () => {
  const bytes = encodeCheckpoint(checkpoint)
  expect(() => decodeCheckpoint(bytes.slice(0, bytes.length - 3))).toThrow(/The checkpoint is damaged/)
  expect(() => decodeCheckpoint(encodeTensorFile({ metadata: { format: 'karyon-checkpoint-9' }, tensors: checkpoint.weights }))).toThrow(
    /another version of Karyon/,
  )
})
