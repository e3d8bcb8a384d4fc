import { describe, expect, it } from 'vitest'
import { bestIndex, bestOf, differingParameters } from '../../app/compare/differences.ts'

describe('parameters that differ', () => {
  it('are shown alone, in the order of the form, with their labels', () => {
    const rows = differingParameters([
      { params: { seed: 0, batch_size: 8, learning_rate: 0.001, zeta: 1 } },
      { params: { seed: 0, batch_size: 16, learning_rate: 0.01 } },
    ])
    expect(rows.map((row) => row.key)).toEqual(['batch_size', 'learning_rate', 'zeta'])
    expect(rows[0]).toEqual({ key: 'batch_size', label: 'Batch size', values: [8, 16] })
    expect(rows[2]?.values).toEqual([1, undefined])
  })

  it('are none when every run is configured alike', () => {
    expect(differingParameters([{ params: { seed: 1 } }, { params: { seed: 1 } }])).toEqual([])
  })
})

describe('the best of several values', () => {
  it('is the greatest, or the least where less is better', () => {
    expect(bestIndex([0.8, 0.9, null], false)).toBe(1)
    expect(bestIndex([0.8, 0.9, Number.NaN], true)).toBe(0)
  })

  it('is nobody where nothing is compared, or the best are equal', () => {
    expect(bestIndex([0.9, null], false)).toBeNull()
    expect(bestIndex([0.9, 0.9, 0.1], false)).toBeNull()
    expect(bestIndex([], false)).toBeNull()
  })

  it('of one run comes with its epoch', () => {
    const summary = { last: 0.5, last_step: 9, best: 0.7, best_step: 4, min: 0.1, max: 0.7, count: 9, nan_count: 0 }
    expect(bestOf({ metrics: { 'val/dice': summary } }, 'val/dice')).toEqual({ value: 0.7, epoch: 4 })
    expect(bestOf({ metrics: {} }, 'val/dice')).toBeNull()
    expect(bestOf({ metrics: { 'val/loss': { ...summary, best: null } } }, 'val/loss')).toBeNull()
  })
})
