import { expect } from 'vitest'

/** The part of TensorFlow that counts what is held. */
interface Counts {
  memory: () => { numTensors: number }
}

/**
 * Runs `work` and expects as many tensors after as before: what leaks here grows from epoch to epoch in a training.
 * Variables that are made once belong before the call.
 */
export async function expectNoLeak<T>(tf: Counts, work: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors
  const result = await work()
  expect(tf.memory().numTensors, 'tensors held after the work, compared with before').toBe(before)
  return result
}
