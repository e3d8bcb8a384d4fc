import { describe, expect, it } from 'vitest'
import { toRows } from '../../../app/components/charts/rows.ts'
import { thin } from '../../../app/components/charts/thin.ts'
import { isNear, positionAxis, valueAxis } from '../../../app/components/charts/ticks.ts'
import { formatBytes, formatDuration, formatNumber, metricLabel } from '../../../app/lib/format.ts'
import { toFilter } from '../../../app/runs/query.ts'

describe('a long curve', () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 4321 ? 99 : x === 7001 ? -99 : Math.sin(x / 500) }))

  it('is thinned to 500 points and keeps every spike, its first and its last point', () => {
    const kept = thin(points)
    expect(kept.length).toBeLessThanOrEqual(500)
    expect(kept).toContainEqual({ x: 4321, y: 99 })
    expect(kept).toContainEqual({ x: 7001, y: -99 })
    expect([kept[0]?.x, kept.at(-1)?.x]).toEqual([0, 9999])
    expect(kept.map((p) => p.x)).toEqual([...kept.map((p) => p.x)].sort((a, b) => a - b))
  })
})

describe('rows of a chart', () => {
  it('lay curves of different length over one axis and leave a gap at NaN', () => {
    expect(
      toRows([
        [
          { x: 2, y: 1 },
          { x: 1, y: NaN },
        ],
        [{ x: 2, y: 5 }],
      ]),
    ).toEqual([
      { x: 1, c0: null },
      { x: 2, c0: 1, c1: 5 },
    ])
  })
})

describe('axes', () => {
  it('begin and end at round values around the data', () => {
    expect(valueAxis(0.277, 0.931)).toEqual({ domain: [0.2, 1], ticks: [0.2, 0.4, 0.6, 0.8, 1] })
    expect(valueAxis(1016, 1117).ticks).toEqual([1000, 1050, 1100, 1150])
  })

  it('frame a single value', () => {
    const { domain } = valueAxis(0.003, 0.003)
    expect(domain[0]).toBeLessThan(0.003)
    expect(domain[1]).toBeGreaterThan(0.003)
    expect(valueAxis(0, 0).domain).toEqual([0, 1])
  })

  it('have ticks at whole epochs only', () => {
    expect(positionAxis(1, 12, true).ticks).toEqual([1, 2, 4, 6, 8, 10, 12])
    expect(positionAxis(1, 3, true).ticks).toEqual([1, 2, 3])
    expect(positionAxis(1, 1, true).ticks).toEqual([1])
  })

  it('take in a baseline that is near, and leave out one that would press the curves flat', () => {
    expect(isNear(0.93, 0.3, 0.6)).toBe(true)
    expect(isNear(0.1, 0.9, 0.91)).toBe(false)
  })
})

describe('figures', () => {
  it('are as long as they need to be', () => {
    expect([
      formatNumber(0.0003),
      formatNumber(0.00001),
      formatNumber(12),
      formatNumber(3.14159),
      formatNumber('NaN'),
      formatNumber(null),
    ]).toEqual(['0.0003', '1e−5', '12', '3.142', 'NaN', '–'])
    expect([formatNumber(0.91234, 3), formatNumber(1, 3), formatNumber('-Infinity')]).toEqual(['0.912', '1.000', '−∞'])
    expect([formatDuration(45), formatDuration(200), formatDuration(7500), formatDuration(200_000)]).toEqual([
      '45 s',
      '3 min 20 s',
      '2 h 5 min',
      '2 d 7 h',
    ])
    expect([formatBytes(999), formatBytes(30_900_000), formatBytes(2.5e11)]).toEqual(['999 B', '30.9 MB', '250 GB'])
    expect(metricLabel('val/dice@histology')).toBe('Dice, histology')
  })
})

describe('the filter of the runs table', () => {
  it('looks for plain words in names and leaves conditions alone', () => {
    expect(toFilter("  anna's run ")).toBe("name ilike '%anna''s run%'")
    expect(toFilter('params.batch_size = 16')).toBe('params.batch_size = 16')
    expect(toFilter("status in ('failed')")).toBe("status in ('failed')")
    expect(toFilter('  ')).toBe('')
  })
})
