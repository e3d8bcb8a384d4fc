import { describe, expect, test } from 'vitest'
import { decodeTensorFile, encodeTensorFile } from '../../../networks/tensor-file.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { Weights } from '../../../networks/weights.ts'

const HE = { kind: 'he', fanIn: 8, fanOut: 4 } as const

describe('Weights', () => {
  test('begin by seed and name, whatever the order', () => {
    const a = new Weights(7)
    const b = new Weights(7)
    const c = new Weights(8)
    a.get('x', [100], HE)
    const fromA = [...a.get('y', [100], HE).dataSync()]
    expect([...b.get('y', [100], HE).dataSync()]).toEqual(fromA)
    expect([...c.get('y', [100], HE).dataSync()]).not.toEqual(fromA)
    expect([...a.value('x').dataSync()]).not.toEqual(fromA)
    for (const weights of [a, b, c]) weights.dispose()
  })

  test('Glorot stays within sqrt(6 / (in + out)), He within two deviations of sqrt(2 / in)', () => {
    const weights = new Weights(1)
    const glorot = [...weights.get('g', [5000], { kind: 'glorot', fanIn: 100, fanOut: 50 }).dataSync()]
    const he = [...weights.get('h', [5000], HE).dataSync()]
    expect(Math.max(...glorot.map(Math.abs))).toBeLessThanOrEqual(0.2)
    expect(Math.max(...glorot.map(Math.abs))).toBeGreaterThan(0.19)
    expect(Math.max(...he.map(Math.abs))).toBeLessThanOrEqual(1)
    const deviation = Math.sqrt(he.reduce((sum, v) => sum + v * v, 0) / he.length)
    // a normal cut at two deviations has 0.88 of its deviation
    expect(Math.abs(deviation - 0.44)).toBeLessThan(0.02)
    weights.dispose()
  })

  test('go through a file unchanged, and a wrong shape is refused by name', () => {
    const before = tf.memory().numTensors
    const weights = new Weights(3)
    weights.get('a/kernel', [2, 3], HE)
    weights.get('b', [4], { kind: 'ones' })
    const bytes = encodeTensorFile({ metadata: { epoch: 4 }, tensors: weights.snapshot() })
    const { metadata, tensors } = decodeTensorFile(bytes, 'the file')
    expect(metadata).toEqual({ epoch: 4 })
    const other = new Weights(99)
    other.load(tensors)
    expect([...other.get('a/kernel', [2, 3], HE).dataSync()]).toEqual([...weights.value('a/kernel').dataSync()])
    expect(other.unused()).toEqual(['b'])
    const wrong = new Weights(0)
    wrong.load(tensors)
    expect(() => wrong.get('a/kernel', [3, 2], HE)).toThrow(/a\/kernel have shape 2x3.*3x2/)
    for (const each of [weights, other, wrong]) each.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  test('derived values are computed once, and again when what they come from was set', () => {
    const weights = new Weights(0)
    let computed = 0
    const read = (): number =>
      weights
        .derived('twice', ['a'], () => {
          computed++
          return tf.mul(weights.value('a'), 2)
        })
        .dataSync()[0]!
    weights.get('a', [1], { kind: 'ones' })
    expect([read(), read(), computed]).toEqual([2, 2, 1])
    weights.set('a', tf.tensor1d([5]))
    expect([read(), computed]).toEqual([10, 2])
    weights.dispose()
  })
})

describe('a tensor file', () => {
  const bytes = encodeTensorFile({ metadata: null, tensors: { index: [{ name: 'a', shape: [3] }], data: Float32Array.of(1, 2, 3) } })

  test('is a safetensors file', () => {
    const buffer = Buffer.from(bytes)
    const length = Number(buffer.readBigUInt64LE(0))
    expect(length % 8).toBe(0)
    expect(JSON.parse(buffer.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: { karyon: 'null' },
      a: { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
    })
    expect(buffer.readFloatLE(8 + length + 4)).toBe(2)
  })

  test.each([0, 4, 20, bytes.length - 1])('cut to %i bytes is damaged, and says so', (length) => {
    expect(() => decodeTensorFile(bytes.slice(0, length), 'The model')).toThrow(/The model is damaged/)
  })
})
