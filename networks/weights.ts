import { createHash } from 'node:crypto'
import type { Tensor } from '@tensorflow/tfjs-node-gpu'
import { AppError } from '../core/errors.ts'
import { gaussian, hashText, seededRandom } from '../core/segmentation/random.ts'
import { tf } from './tensorflow.ts'

/** How a parameter begins. Fans are of the convolution that uses it. */
export type Initialiser = { kind: 'zeros' } | { kind: 'ones' } | { kind: 'glorot' | 'he'; fanIn: number; fanOut: number }

/** Every parameter's name, shape and values: what a checkpoint and a model file hold. Float32, little endian. */
export interface WeightSnapshot {
  index: { name: string; shape: number[] }[]
  data: Float32Array
}

interface Entry {
  value: Tensor
  /** Keys of `derived` that were computed from it. */
  dependents: Set<string>
}

/**
 * A network's parameters by name, as tensors. A parameter comes into being at the first forward pass that asks for it:
 * from loaded values when there are any, else from its initialiser and (seed, name), so that a network's start does not
 * depend on the order of its layers. Values derived from parameters (a kernel with its batch norm folded in) are kept
 * until one of their parameters changes.
 */
export class Weights {
  private readonly entries = new Map<string, Entry>()
  private readonly loaded = new Map<string, { shape: number[]; values: Float32Array }>()
  private readonly derivedValues = new Map<string, Tensor>()

  constructor(private readonly seed: number) {}

  get(name: string, shape: readonly number[], initialiser: Initialiser): Tensor {
    const known = this.entries.get(name)
    if (known !== undefined) return known.value
    const given = this.loaded.get(name)
    if (given !== undefined && !sameShape(given.shape, shape)) {
      throw new AppError(
        'INVALID_PARAMETER_VALUE',
        `The weights of ${name} have shape ${given.shape.join('x')}; this network wants ${shape.join('x')}. They belong to another network.`,
      )
    }
    this.loaded.delete(name)
    const values = given?.values ?? initialValues(shape, initialiser, this.seed, name)
    const value = tf.keep(tf.tensor(values, [...shape], 'float32'))
    this.entries.set(name, { value, dependents: new Set() })
    return value
  }

  /** Names of all parameters, in the order in which they came into being. */
  names(): string[] {
    return [...this.entries.keys()]
  }

  value(name: string): Tensor {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new AppError('INTERNAL_ERROR', `There is no parameter ${name}.`)
    return entry.value
  }

  /** Takes over `value` and disposes what was there. */
  set(name: string, value: Tensor): void {
    this.replace(name, () => value)
  }

  /** Disposes a parameter's value, then takes over what `compute` makes in its stead. */
  replace(name: string, compute: () => Tensor): void {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new AppError('INTERNAL_ERROR', `There is no parameter ${name}.`)
    entry.value.dispose()
    entry.value = tf.keep(compute())
    for (const key of entry.dependents) {
      this.derivedValues.get(key)?.dispose()
      this.derivedValues.delete(key)
    }
    entry.dependents.clear()
  }

  /** A value computed from parameters, computed once until one of them is set. */
  derived(key: string, from: readonly string[], compute: () => Tensor): Tensor {
    const known = this.derivedValues.get(key)
    if (known !== undefined) return known
    const value = tf.keep(tf.tidy(compute))
    this.derivedValues.set(key, value)
    for (const name of from) this.entries.get(name)?.dependents.add(key)
    return value
  }

  /** Values for parameters, those that exist and those that do not yet. */
  load(snapshot: WeightSnapshot): void {
    for (const { name, shape, values } of tensorsOf(snapshot)) {
      const entry = this.entries.get(name)
      if (entry === undefined) this.loaded.set(name, { shape, values })
      else if (!sameShape(entry.value.shape, shape)) {
        throw new AppError(
          'INVALID_PARAMETER_VALUE',
          `The weights of ${name} have shape ${shape.join('x')}; this network wants ${entry.value.shape.join('x')}.`,
        )
      } else this.set(name, tf.tensor(values, shape, 'float32'))
    }
  }

  /** Loaded names that no forward pass has asked for. */
  unused(): string[] {
    return [...this.loaded.keys()]
  }

  /** Forgets loaded values that the network has no use for. */
  dropUnused(): void {
    this.loaded.clear()
  }

  snapshot(names: readonly string[] = this.names()): WeightSnapshot {
    return snapshotOf(names.map((name) => ({ name, value: this.value(name) })))
  }

  dispose(): void {
    for (const { value } of this.entries.values()) value.dispose()
    for (const value of this.derivedValues.values()) value.dispose()
    this.entries.clear()
    this.derivedValues.clear()
    this.loaded.clear()
  }
}

/** The tensors of a snapshot, each with values of its own. */
export function* tensorsOf({ index, data }: WeightSnapshot): Generator<{ name: string; shape: number[]; values: Float32Array }> {
  let at = 0
  for (const { name, shape } of index) {
    const size = shape.reduce((a, b) => a * b, 1)
    yield { name, shape, values: data.slice(at, at + size) }
    at += size
  }
}

/** Reads tensors from the device into one array. */
export function snapshotOf(tensors: readonly { name: string; value: Tensor }[]): WeightSnapshot {
  const index = tensors.map(({ name, value }) => ({ name, shape: [...value.shape] }))
  const data = new Float32Array(tensors.reduce((sum, { value }) => sum + value.size, 0))
  let at = 0
  for (const { value } of tensors) {
    data.set(value.dataSync() as Float32Array, at)
    at += value.size
  }
  return { index, data }
}

export function snapshotBytes(snapshot: WeightSnapshot): Uint8Array {
  return new Uint8Array(snapshot.data.buffer, snapshot.data.byteOffset, snapshot.data.byteLength)
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** Glorot: uniform in ±sqrt(6 / (fanIn + fanOut)). He: normal of deviation sqrt(2 / fanIn), cut at two deviations. */
function initialValues(shape: readonly number[], initialiser: Initialiser, seed: number, name: string): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1))
  if (initialiser.kind === 'zeros') return values
  if (initialiser.kind === 'ones') return values.fill(1)
  const random = seededRandom(hashText(`${seed}/${name}`))
  if (initialiser.kind === 'glorot') {
    const limit = Math.sqrt(6 / (initialiser.fanIn + initialiser.fanOut))
    for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * limit
    return values
  }
  const deviation = Math.sqrt(2 / initialiser.fanIn)
  for (let i = 0; i < values.length; i++) {
    let draw = gaussian(random)
    while (Math.abs(draw) > 2) draw = gaussian(random)
    values[i] = draw * deviation
  }
  return values
}
