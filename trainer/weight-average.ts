import type { Tensor } from '@tensorflow/tfjs-node-gpu'
import { tf } from '../networks/tensorflow.ts'
import { snapshotOf, tensorsOf } from '../networks/weights.ts'
import type { WeightSnapshot, Weights } from '../networks/weights.ts'

/** An average over hundreds of steps need not see each: every fourth, at the fourth power of the decay, costs a quarter. */
const EVERY = 4

/**
 * Exponential moving average of a network's parameters, batch norm's statistics included: what is evaluated and kept
 * instead of the last step's weights, which jump about while the learning rate is high. Young averages forget faster, so
 * that the random start does not linger.
 */
export class WeightAverage {
  /** Updates made; with the averages all that a resume needs. */
  updates = 0
  private readonly averages = new Map<string, Tensor>()
  private readonly restored = new Map<string, { shape: number[]; values: Float32Array }>()

  constructor(private readonly decay: number) {}

  /** To be called after every step. @param step training steps done @param names parameters that the step changed */
  update(weights: Weights, names: readonly string[], step: number): void {
    if (step % EVERY !== 0) return
    this.updates++
    const keep = Math.min(this.decay ** EVERY, (1 + this.updates) / (10 + this.updates))
    tf.tidy(() => {
      const take = tf.scalar(1 - keep)
      for (const name of names) {
        const value = weights.value(name)
        const before = this.averages.get(name) ?? this.takeRestored(name)
        // a + (1 - keep) (w - a): two kernels fewer than keep a + (1 - keep) w
        const after = before === undefined ? value.clone() : tf.add(before, tf.mul(tf.sub(value, before), take))
        before?.dispose()
        this.averages.set(name, tf.keep(after))
      }
    })
  }

  /** Averages of all parameters that have one. */
  snapshot(): WeightSnapshot {
    const current = snapshotOf([...this.averages].map(([name, value]) => ({ name, value })))
    if (this.restored.size === 0) return current
    // averages of a phase that has not trained since the resume
    const index = [...current.index]
    const parts = [current.data]
    for (const [name, { shape, values }] of this.restored) {
      index.push({ name, shape })
      parts.push(values)
    }
    return { index, data: joined(parts) }
  }

  /** Puts a snapshot back; to be called before the first `update`. */
  restore(updates: number, snapshot: WeightSnapshot): void {
    this.updates = updates
    for (const { name, shape, values } of tensorsOf(snapshot)) this.restored.set(name, { shape, values })
  }

  dispose(): void {
    for (const average of this.averages.values()) average.dispose()
    this.averages.clear()
  }

  private takeRestored(name: string): Tensor | undefined {
    const kept = this.restored.get(name)
    this.restored.delete(name)
    return kept === undefined ? undefined : tf.tensor(kept.values, kept.shape, 'float32')
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
