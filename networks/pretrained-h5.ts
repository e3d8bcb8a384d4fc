import { readFile } from 'node:fs/promises'
import type { WeightSnapshot } from './weights.ts'

/**
 * The weights in a Keras .h5 file. Keras stores a dataset a parameter under groups of its layer's name, such as
 * `/Conv1/Conv1/kernel:0`; the last two parts are the parameter's name.
 */
export async function readH5Weights(path: string): Promise<WeightSnapshot> {
  const { default: h5wasm } = await import('h5wasm/node')
  await h5wasm.ready
  await readFile(path) // a missing file is told by its own error, not by one of the library
  const file = new h5wasm.File(path, 'r')
  try {
    const index: WeightSnapshot['index'] = []
    const parts: Float32Array[] = []
    const visit = (group: InstanceType<typeof h5wasm.Group>): void => {
      for (const key of group.keys()) {
        const item = group.get(key)
        if (item instanceof h5wasm.Group) visit(item)
        else if (item instanceof h5wasm.Dataset && item.value instanceof Float32Array) {
          const name = item.path.replace(/:0$/, '').split('/').filter(Boolean).slice(-2).join('/')
          index.push({ name, shape: [...(item.shape ?? [])] })
          parts.push(item.value)
        }
      }
    }
    visit(file)
    if (index.length === 0) throw new Error(`${path} holds no float32 weights`)
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      data.set(part, at)
      at += part.length
    }
    return { index, data }
  } finally {
    file.close()
  }
}
