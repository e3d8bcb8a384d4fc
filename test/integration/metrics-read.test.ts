import { beforeAll, describe, expect, it } from 'vitest'
import { queryMetrics } from '../../core/metrics/query-metrics.ts'
import { readSeries } from '../../core/metrics/read-series.ts'
import { getRunMasks } from '../../core/runs/run-masks.ts'
import { getImageScores } from '../../core/runs/image-scores.ts'
import { listArtifacts } from '../../core/runs/artifacts.ts'
import { sql } from '../../core/sql.ts'
import { createSweep } from '../../core/sweeps/create-sweep.ts'
import { logPoints, seedStudy } from '../helpers/seed-study.ts'

let study: Awaited<ReturnType<typeof seedStudy>>
let runs: string[] = []

beforeAll(async () => {
  study = await seedStudy()
  const sweep = await createSweep({ name: 's', dataset: study.name, parameters: { batch_size: { values: [1, 2] } } }, 'tester')
  runs = (await sql()<{ id: string }[]>`select id from run where sweep_id = ${sweep.sweep_id} order by ordinal`).map((row) => row.id)
})

describe('curves', () => {
  it('come whole where they are short, with NaN and infinities by name', async () => {
    await logPoints(runs[0]!, 'short', [
      { step: 1, value: 1 },
      { step: 2, value: Number.NaN },
      { step: 3, value: -Infinity },
    ])
    const series = await readSeries(runs[0]!, 'short')
    expect(series).toMatchObject({ total: 3, nan_count: 1 })
    expect(series.points.map((p) => p.value)).toEqual([1, 'NaN', '-Infinity'])
    expect((await readSeries(runs[0]!, 'short', { from: 2 })).points.map((p) => p.step)).toEqual([2, 3])
    expect(await readSeries(runs[0]!, 'nothing')).toMatchObject({ total: 0, points: [] })
  })
  it('lose no spike where they are long, nor their ends', async () => {
    const points = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, value: Math.sin(i / 300) }))
    points[1234]!.value = 50
    points[4321]!.value = -50
    points[777]!.value = Number.NaN
    await logPoints(runs[0]!, 'long', points)
    const series = await readSeries(runs[0]!, 'long', { maxPoints: 100 })
    expect(series).toMatchObject({ total: 5000, nan_count: 1 })
    expect(series.points.length).toBeLessThanOrEqual(100)
    expect(series.points.length).toBeGreaterThan(45)
    expect(series.points).toContainEqual(expect.objectContaining({ step: 1235, value: 50 }))
    expect(series.points).toContainEqual(expect.objectContaining({ step: 4322, value: -50 }))
    expect([series.points[0]?.step, series.points.at(-1)?.step]).toEqual([1, 5000])
    const steps = series.points.map((p) => p.step)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(series.points[0]?.at).toBe(1_700_000_001_000)
  })
  it('of many runs come in the order that was asked for', async () => {
    await logPoints(runs[1]!, 'short', [{ step: 1, value: 2 }])
    const series = await queryMetrics({ runs: [runs[1]!, runs[0]!], keys: ['short', 'nothing'] })
    expect(series.map((s) => [s.run_id, s.key, s.total])).toEqual([
      [runs[1], 'short', 1],
      [runs[0], 'short', 3],
    ])
  })
  it('hold several values at one step, as foreign clients log them', async () => {
    await logPoints(
      runs[1]!,
      'same',
      Array.from({ length: 40 }, (_, i) => ({ step: 7, value: i, at: new Date(1000 * i) })),
    )
    const series = await readSeries(runs[1]!, 'same', { maxPoints: 8 })
    expect(series.total).toBe(40)
    expect(series.points.map((p) => p.value)).toEqual(expect.arrayContaining([0, 39]))
  })
  it('are refused beyond reason', async () => {
    await expect(queryMetrics({ runs, maxPoints: 1e9 })).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  })
})

describe('masks', () => {
  const store = async (epoch: number, imageId: string, kind = 'probability', name = `${kind}/epoch-${epoch}/${imageId}.png`) => {
    const [row] = await sql()<{ id: string }[]>`
      insert into artifact (run_id, attempt, kind, name, key, size, epoch, image_id, seq)
      values (${runs[0]!}, 1, ${kind}, ${name}, ${`runs/${runs[0]!}/1/${name}/${Math.random()}`}, 10, ${epoch}, ${imageId}, ${epoch}) returning id`
    return row!.id
  }

  it('are the newest at or before an epoch, with that epoch’s score, in the panel’s order', async () => {
    const [first, second] = study.panel as [string, string]
    const maps = {
      one: await store(1, first),
      four: await store(4, first),
      other: await store(2, second),
      border: await store(4, first, 'border'),
    }
    await sql()`update run_state set best_epoch = 4 where run_id = ${runs[0]!}`
    await sql()`
      insert into image_score (run_id, epoch, image_id, dice, iou, accuracy, found, seq)
      values (${runs[0]!}, 1, ${first}, 0.25, 0.2, 0.9, 3, 1), (${runs[0]!}, 4, ${first}, 0.75, 0.7, 0.95, null, 2), (${runs[0]!}, 4, ${second}, 0.5, 0.4, 0.9, null, 2)`
    const at3 = await getRunMasks(runs[0]!, { epoch: 3 })
    expect(at3).toMatchObject({ epochs: [1, 2, 4], best_epoch: 4 })
    expect(at3.masks.map((m) => [m.image_id, m.epoch, m.artifact_id, m.score?.dice])).toEqual([
      [first, 1, maps.one, 0.25],
      [second, 2, maps.other, undefined],
    ])
    const best = await getRunMasks(runs[0]!, { epoch: 'best' })
    expect(best.masks[0]).toMatchObject({
      artifact_id: maps.four,
      border_artifact_id: maps.border,
      panel_rank: 0,
      width: 64,
      height: 48,
      score: { dice: 0.75, found: null },
    })
    expect((await getRunMasks(runs[0]!)).masks[0]?.epoch).toBe(4)
  })
  it('of other images come when they are asked for', async () => {
    const beside = study.imageIds[16]!
    const id = await store(4, beside)
    expect((await getRunMasks(runs[0]!)).masks.map((m) => m.image_id)).not.toContain(beside)
    expect((await getRunMasks(runs[0]!, { imageIds: [beside] })).masks.map((m) => m.artifact_id)).toEqual([id])
    expect((await getRunMasks(runs[0]!, { imageIds: 'all' })).masks).toHaveLength(3)
  })
  it('of a run without any are none', async () => {
    expect(await getRunMasks(runs[1]!)).toEqual({ run_id: runs[1], epochs: [], best_epoch: null, masks: [] })
  })
  it('have scores, the worst first', async () => {
    const scores = await getImageScores(runs[0]!, { epoch: 'best' })
    expect(scores).toMatchObject({ epochs: [1, 4], epoch: 4 })
    expect(scores.images.map((row) => row.score.dice)).toEqual([0.5, 0.75])
  })
  it('are files, the newest of a name', async () => {
    const files = await listArtifacts(runs[0]!, { prefix: 'probability/epoch-4' })
    expect(files.map((file) => file.name)).toEqual(files.map((file) => file.name).filter((name) => name.startsWith('probability/epoch-4/')))
    expect(files).toHaveLength(2)
  })
})
