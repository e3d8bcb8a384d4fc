import { expect, test } from 'vitest'
import {
  comparability,
  compareStrata,
  greatestChanges,
  pairedDifference,
  pairScores,
  type PairedImage,
  type ScoredImage,
} from '../../model-registry/policy.ts'
import { previousHolder } from '../../model-registry/rollback.ts'

const scored = (n: number, score: number, group = `g${n}`, stratum = 'fluorescence'): ScoredImage => ({
  image_id: `i${n}`,
  image_name: `image-${n}`,
  stratum,
  group_id: group,
  score,
})
const pair = (n: number, candidate: number, champion: number, group = `g${n}`, stratum = 'fluorescence'): PairedImage => ({
  image_id: `i${n}`,
  image_name: `image-${n}`,
  stratum,
  group_id: group,
  candidate,
  champion,
})

test('only images scored on both sides are paired, whatever their order', () => {
  const pairs = pairScores([scored(1, 0.9), scored(2, 0.8), scored(3, 0.7)], [scored(3, 0.5), scored(1, 0.6)])
  expect(pairs.map((p) => [p.image_id, p.candidate, p.champion])).toEqual([
    ['i1', 0.9, 0.6],
    ['i3', 0.7, 0.5],
  ])
})

test('a gain on every field is told from zero, and the same scores always give the same interval', () => {
  const pairs = Array.from({ length: 20 }, (_, n) => pair(n, 0.8 + 0.01 * (n % 3), 0.7))
  const difference = pairedDifference(pairs)
  expect(difference?.mean).toBeCloseTo(0.1 + 0.01 * (19 / 20), 10)
  expect(difference?.tied).toBe(false)
  expect(difference?.low).toBeGreaterThan(0.1)
  expect(difference?.high).toBeLessThan(0.12)
  expect(pairedDifference(pairs)).toEqual(difference)
})

test('gains and losses that balance are a tie', () => {
  const pairs = Array.from({ length: 20 }, (_, n) => pair(n, n % 2 === 0 ? 0.8 : 0.6, 0.7))
  const difference = pairedDifference(pairs)
  expect(difference?.mean).toBeCloseTo(0, 10)
  expect(difference?.tied).toBe(true)
})

test('tiles of one field are one piece of evidence, not many', () => {
  // Four fields, one of which lost: as 40 independent images that would be beyond doubt.
  const pairs = Array.from({ length: 40 }, (_, n) => pair(n, n < 10 ? 0.6 : 0.75, 0.7, `field-${Math.floor(n / 10)}`))
  const byField = pairedDifference(pairs)
  const byImage = pairedDifference(pairs.map((p, n) => ({ ...p, group_id: `g${n}` })))
  expect(byField?.mean).toBeCloseTo(byImage?.mean ?? NaN, 10)
  expect((byField?.high ?? 0) - (byField?.low ?? 0)).toBeGreaterThan(2 * ((byImage?.high ?? 0) - (byImage?.low ?? 0)))
  expect(byField?.tied).toBe(true)
})

test('one field says nothing about others, and no image says nothing at all', () => {
  expect(pairedDifference([pair(1, 0.9, 0.1, 'field'), pair(2, 0.9, 0.1, 'field')])).toEqual({ mean: 0.8, low: -1, high: 1, tied: true })
  expect(pairedDifference([])).toBeNull()
})

test('strata stand beside each other on the same images only, the largest first', () => {
  const own = [scored(1, 0.9), scored(2, 0.7), scored(3, 0.4, 'g3', 'histology'), scored(4, 0.2, 'g4', 'brightfield'), scored(5, 0.1)]
  const pairs = [pair(1, 0.9, 0.5), pair(2, 0.7, 0.5), pair(3, 0.4, 0.6, 'g3', 'histology')]
  expect(compareStrata(own, pairs)).toEqual([
    { stratum: 'fluorescence', n: 2, candidate: 0.8, champion: 0.5 },
    { stratum: 'brightfield', n: 1, candidate: 0.2, champion: null },
    { stratum: 'histology', n: 1, candidate: 0.4, champion: 0.6 },
  ])
  expect(compareStrata(own, null)[0]).toMatchObject({ stratum: 'fluorescence', n: 3, champion: null })
})

test('the greatest changes come first, and what did not change is in neither list', () => {
  const { improved, worsened } = greatestChanges(
    [pair(1, 0.5, 0.5), pair(2, 0.9, 0.5), pair(3, 0.6, 0.5), pair(4, 0.1, 0.5), pair(5, 0.4, 0.5)],
    2,
  )
  expect(improved.map((p) => p.image_id)).toEqual(['i2', 'i3'])
  expect(worsened.map((p) => p.image_id)).toEqual(['i4', 'i5'])
})

test('scores of other data, another split or other images are not compared, with the reason', () => {
  const origin = { dataset: 'bowl@1', datasetVersionId: 'v1', splitId: 's1', splitSeed: 0 }
  const all = { candidate: 10, champion: 10, both: 10 }
  expect(comparability(origin, origin, all)).toEqual({ ok: true, reason: 'The same 10 validation images of bowl@1.' })
  expect(comparability({ ...origin, dataset: 'bowl@2', datasetVersionId: 'v2' }, origin, all)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/bowl@1.*bowl@2/),
  })
  expect(comparability({ ...origin, splitId: 's2', splitSeed: 7 }, origin, all)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/seed 0.*seed 7/),
  })
  expect(comparability(origin, origin, { candidate: 10, champion: 0, both: 0 })).toMatchObject({
    ok: false,
    reason: expect.stringContaining('champion'),
  })
  expect(comparability(origin, origin, { candidate: 10, champion: 4, both: 4 })).toMatchObject({
    ok: true,
    reason: expect.stringContaining('4 validation images that both'),
  })
})

test('rolling back again and again walks back through what was promoted, past what was rolled back', () => {
  const event = (kind: 'promote' | 'rollback', version: number) => ({ kind, version, versionId: `id-${version}` })
  expect(previousHolder([])).toBeUndefined()
  expect(previousHolder([event('promote', 1)])).toBeUndefined()
  const history = [event('promote', 1), event('promote', 2), event('promote', 3)]
  expect(previousHolder(history)?.version).toBe(2)
  expect(previousHolder([...history, event('rollback', 2)])?.version).toBe(1)
  expect(previousHolder([...history, event('rollback', 2), event('rollback', 1)])).toBeUndefined()
  expect(previousHolder([...history, event('rollback', 2), event('promote', 4)])?.version).toBe(2)
  // Promoted twice: back means the holder in between.
  expect(previousHolder([event('promote', 1), event('promote', 2), event('promote', 1)])?.version).toBe(2)
})
