import { describe, expect, it } from 'vitest'
import { applyEvent, applyEvents, type LiveRun, mergePoints } from '../../../app/lib/live-state.ts'
import { atBestEpoch, curveKeys, otherMetrics, rank } from '../../../app/sweeps/[id]/ranking.ts'
import type { PointView, RunView, StreamEvent } from '../../../core/contracts/views.ts'
import { runView } from '../../helpers/run-view.ts'

const point = (step: number, value: PointView['value']): PointView => ({ step, at: step * 1000, value })
const live = (id: string, dice: PointView['value'][] = [], change: Partial<RunView> = {}): LiveRun => ({
  run: runView(id, change),
  series: { 'val/dice': dice.map((value, i) => point(i + 1, value)) },
})

describe('points that arrive', () => {
  it('are appended, and replace those of the same step that a resumed run writes again', () => {
    const before = [point(1, 0.1), point(2, 0.2), point(3, 0.3)]
    expect(mergePoints(before, [point(4, 0.4)]).map((p) => p.value)).toEqual([0.1, 0.2, 0.3, 0.4])
    expect(mergePoints(before, [point(3, 0.35), point(2, 0.25)]).map((p) => p.value)).toEqual([0.1, 0.25, 0.35])
  })

  it('extend the summary: best by the key’s own direction, NaN never best', () => {
    const id = runView('a').run_id
    const events: StreamEvent[] = [
      { type: 'points', run_id: id, key: 'val/dice', points: [point(1, 0.5), point(2, 'NaN'), point(3, 0.4)] },
      { type: 'points', run_id: id, key: 'val/loss', points: [point(1, 0.5), point(2, 0.2), point(3, 0.4)] },
    ]
    const [after] = applyEvents([{ run: runView('a'), series: {} }], events)
    expect(after?.run.metrics['val/dice']).toMatchObject({ best: 0.5, best_step: 1, last: 0.4, min: 0.4, max: 0.5, count: 3 })
    expect(after?.run.metrics['val/loss']).toMatchObject({ best: 0.2, best_step: 2, last: 0.4 })
  })

  it('leave other runs as they are, the same object', () => {
    const [a, b] = [live('a'), live('b')]
    const after = applyEvents([a, b], [{ type: 'points', run_id: a.run.run_id, key: 'k', points: [point(1, 1)] }])
    expect(after[0]).not.toBe(a)
    expect(after[1]).toBe(b)
  })

  it('change status and progress without touching the rest', () => {
    const before = live('a')
    const after = applyEvent(before, {
      type: 'status',
      run_id: before.run.run_id,
      status: 'finished',
      message: '',
      request: null,
      attempt: 1,
      started_at: 1,
      ended_at: 2,
    })
    expect(after.run).toMatchObject({ status: 'finished', ended_at: 2, name: 'a', epochs_total: 10 })
    expect(after.run).not.toHaveProperty('type')
  })
})

describe('the live leaderboard', () => {
  const metric = { name: 'val/dice', goal: 'maximize' } as const

  it('ranks by the best epoch, runs without a value after, cancelled ones last without a rank', () => {
    const rows = rank(
      [live('waiting', []), live('cancelled', [0.99], { status: 'cancelled' }), live('good', [0.5, 0.9, 0.7]), live('fair', [0.8])],
      metric,
    )
    expect(rows.map((row) => [row.run.name, row.rank, row.best?.epoch ?? null])).toEqual([
      ['good', 1, 2],
      ['fair', 2, 1],
      ['waiting', null, null],
      ['cancelled', null, 1],
    ])
  })

  it('takes the least where the sweep minimises, and no NaN', () => {
    const rows = rank([live('a', [0.5, 'NaN', 0.4]), live('b', ['NaN', 0.3])], { name: 'val/dice', goal: 'minimize' })
    expect(rows.map((row) => [row.run.name, row.best?.value])).toEqual([
      ['b', 0.3],
      ['a', 0.4],
    ])
  })
  it('shows the other metrics of the best epoch, from the curve or as they were read', () => {
    const good = live('good', [0.5, 0.9, 0.7])
    const scored = { ...good, series: { ...good.series, 'val/map': [point(1, 0.6), point(2, 0.4)] } }
    const [row] = rank([{ ...scored, readBest: { epoch: 2, values: { 'val/ap50': 0.7, 'val/map': 0.3 } } }], metric)
    expect(otherMetrics(metric.name).map((key) => row && atBestEpoch(row, key))).toEqual([0.7, 0.4])
    // A better epoch has come since: what was read is of another.
    const [later] = rank([{ ...scored, readBest: { epoch: 1, values: { 'val/ap50': 0.7 } } }], metric)
    expect(later && atBestEpoch(later, 'val/ap50')).toBeUndefined()
    expect(curveKeys(metric.name)).toEqual(expect.arrayContaining(otherMetrics(metric.name)))
  })
})
