import { describe, expect, it } from 'vitest'
import { DEFAULT_NORMALISE, normalise, percentilesOf, stretchOf } from '../../../core/segmentation/normalise.ts'

const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

describe('percentiles', () => {
  it('are the least value that the share of samples does not exceed', () => {
    const image = { width: 100, height: 1, channels: 1, data: ramp(100) }
    expect(percentilesOf(image, [1, 50, 99.8, 100])).toEqual([0, 49, 99, 99])
  })

  it('count colour channels jointly and leave alpha out', () => {
    const data = Uint8Array.from([0, 10, 20, 255, 30, 40, 50, 255])
    expect(percentilesOf({ width: 2, height: 1, channels: 4, data }, [0, 50, 100])).toEqual([0, 20, 50])
  })

  it('keep the values of 16-bit and floating-point samples', () => {
    expect(percentilesOf({ width: 4, height: 1, channels: 1, data: Uint16Array.from([7, 300, 4000, 65535]) }, [50, 100])).toEqual([
      300, 65535,
    ])
    const [low, high] = percentilesOf({ width: 3, height: 1, channels: 1, data: Float32Array.from([-1, 0, 3]) }, [1, 100])
    expect(low).toBeCloseTo(-1, 4)
    expect(high).toBeCloseTo(3, 4)
  })
})

describe('normalise', () => {
  const spec = { ...DEFAULT_NORMALISE, low: 0, high: 100 }

  it('stretches to -1..1 and repeats grey in three channels', () => {
    const out = normalise({ width: 3, height: 1, channels: 1, data: Uint8Array.from([50, 100, 150]) }, spec)
    expect(Array.from(out)).toEqual([-1, -1, -1, 0, 0, 0, 1, 1, 1])
  })

  it('drops alpha and clips what lies past the percentiles', () => {
    const data = Uint8Array.from([0, 100, 200, 9, 0, 100, 200, 9])
    expect(Array.from(normalise({ width: 2, height: 1, channels: 4, data }, spec))).toEqual([-1, 0, 1, -1, 0, 1])
    const hot = Uint8Array.from({ length: 1000 }, (_, i) => (i === 0 ? 255 : i % 101))
    expect(normalise({ width: 1000, height: 1, channels: 1, data: hot })[0]).toBe(1)
  })

  it('gives 8-bit and 16-bit images of the same scene the same input', () => {
    const eight = Uint8Array.from([10, 60, 110, 160])
    const sixteen = Uint16Array.from(eight, (value) => value * 257)
    expect(normalise({ width: 4, height: 1, channels: 1, data: sixteen }, spec)).toEqual(
      normalise({ width: 4, height: 1, channels: 1, data: eight }, spec),
    )
  })

  it('does not stretch an empty field into noise, dark or bright', () => {
    const noise = (base: number): Uint8Array => Uint8Array.from({ length: 400 }, (_, i) => base + (i % 2))
    const dark = normalise({ width: 20, height: 20, channels: 1, data: noise(4) })
    const bright = normalise({ width: 20, height: 20, channels: 1, data: noise(250) })
    expect(Math.max(...dark)).toBeLessThan(-0.7)
    expect(Math.min(...bright)).toBeGreaterThan(0.7)
  })

  it('takes a flat image, and the depth of a camera inside a 16-bit file', () => {
    expect(Math.max(...normalise({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) }))).toBe(-1)
    // 12-bit data of a range of 200: above the minimum of 0.04 x 4095 = 164, so it is stretched fully.
    const camera = Uint16Array.from({ length: 100 }, (_, i) => 2000 + 2 * i)
    expect(stretchOf({ width: 100, height: 1, channels: 1, data: camera }, spec)).toEqual({ low: 2000, high: 2198 })
  })
})
