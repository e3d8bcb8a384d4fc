import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../core/segmentation/random.ts'
import { boundaryWeights } from '../../../trainer/losses/boundary-weights.ts'

/** The formula, by looking from every background pixel at every pixel of every nucleus. */
function slowly(data: Uint16Array, width: number): number[] {
  return Array.from(data, (own, pixel) => {
    if (own !== 0) return 1
    const nearest = new Map<number, number>()
    for (const [at, label] of data.entries()) {
      if (label === 0) continue
      const distance = Math.hypot((at % width) - (pixel % width), Math.floor(at / width) - Math.floor(pixel / width))
      nearest.set(label, Math.min(nearest.get(label) ?? Infinity, distance))
    }
    const [first = Infinity, second = Infinity] = [...nearest.values()].sort((a, b) => a - b)
    return 1 + 10 * Math.exp(-((first + second) ** 2) / 50)
  })
}

describe('boundaryWeights', () => {
  test('weighs the gap between two nuclei, by its width', () => {
    const weights = boundaryWeights({ width: 5, height: 1, data: Uint16Array.of(1, 0, 2, 0, 0) })
    expect(weights[0]).toBe(1)
    expect(weights[1]).toBeCloseTo(1 + 10 * Math.exp(-4 / 50))
    // one pixel from nucleus 2, three from nucleus 1
    expect(weights[3]).toBeCloseTo(1 + 10 * Math.exp(-16 / 50))
  })

  test('one nucleus or none has no gap', () => {
    expect([...boundaryWeights({ width: 3, height: 1, data: Uint16Array.of(0, 7, 0) })]).toEqual([1, 1, 1])
    expect([...boundaryWeights({ width: 2, height: 1, data: Uint16Array.of(0, 0) })]).toEqual([1, 1])
  })

  test('is the brute-force map on scattered nuclei', () => {
    const random = seededRandom(5)
    const [width, height] = [33, 27]
    const data = new Uint16Array(width * height)
    for (let label = 1; label <= 9; label++) {
      const [cx, cy, r] = [random() * width, random() * height, 2 + random() * 3]
      for (let i = 0; i < data.length; i++) if (Math.hypot((i % width) - cx, Math.floor(i / width) - cy) < r) data[i] = label
    }
    const weights = boundaryWeights({ width, height, data })
    const expected = slowly(data, width)
    // two sweeps miss the exact nearest pixel by a fraction of a pixel here and there
    const off = expected.map((value, i) => Math.abs(value - weights[i]!))
    expect(Math.max(...off)).toBeLessThan(0.2)
    expect(off.filter((difference) => difference > 1e-3).length).toBeLessThan(data.length / 100)
    expect(Math.max(...weights)).toBeGreaterThan(5)
  })
})
