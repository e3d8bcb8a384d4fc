import { expect, test } from 'vitest'
import { balanceStrata } from '../../../trainer/balance.ts'

/** 80 images of one stratum, 18 of another, 2 of a third. */
const STRATA = Array.from({ length: 100 }, (_, index) => (index < 80 ? 'common' : index < 98 ? 'some' : 'rare'))
const POOL = STRATA.map((_, index) => index)

const countBy = (drawn: readonly number[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const index of drawn) counts[STRATA[index]!] = (counts[STRATA[index]!] ?? 0) + 1
  return counts
}

test('a stratum’s share of an epoch goes with the square root of its share of the images', () => {
  // roots 8.94, 4.24 and 1.41 of 14.6
  expect(countBy(balanceStrata(POOL, STRATA, 1, 1))).toEqual({ common: 61, some: 29, rare: 10 })
})

test('a rare image is shown as often as the others of its stratum, a common one at most once', () => {
  const drawn = balanceStrata(POOL, STRATA, 1, 1)
  const times = (index: number): number => drawn.filter((other) => other === index).length
  expect([times(98), times(99)]).toEqual([5, 5])
  for (let index = 0; index < 80; index++) expect(times(index)).toBeLessThanOrEqual(1)
  for (let index = 80; index < 98; index++) expect([1, 2]).toContain(times(index))
})

test('depends on seed and epoch alone, and over the epochs leaves no image out', () => {
  expect(balanceStrata(POOL, STRATA, 1, 2)).toEqual(balanceStrata(POOL, STRATA, 1, 2))
  expect(balanceStrata(POOL, STRATA, 1, 2)).not.toEqual(balanceStrata(POOL, STRATA, 1, 3))
  expect(balanceStrata(POOL, STRATA, 1, 2)).not.toEqual(balanceStrata(POOL, STRATA, 2, 2))
  const seen = new Set(Array.from({ length: 12 }, (_, epoch) => balanceStrata(POOL, STRATA, 1, epoch)).flat())
  expect(seen.size).toBe(100)
})

test('keeps an epoch’s length, and how often crops repeat an image of its stratum', () => {
  const crops = POOL.flatMap((index) => (index % 2 === 0 ? [index, index, index] : [index]))
  const drawn = balanceStrata(crops, STRATA, 1, 1)
  expect(drawn).toHaveLength(crops.length)
  expect(countBy(drawn)).toEqual({ common: 123, some: 58, rare: 19 })
  expect(drawn.filter((index) => index === 98).length).toBeGreaterThan(2 * drawn.filter((index) => index === 99).length)
})

test('one stratum changes nothing', () => {
  expect(balanceStrata([0, 0, 1, 2], ['a', 'a', 'a'], 1, 1)).toEqual([0, 0, 1, 2])
})
