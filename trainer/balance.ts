import { randomFor, shuffled } from './augment/random-for.ts'

/**
 * As many places of an epoch as there were, given out anew: a stratum's share of them becomes proportional to the square
 * root of its share of the images. Equal shares would show the few images of a rare stratum so often that they are learnt by
 * heart; the root lies between that and no balance at all.
 *
 * A stratum with more places than before has its own repeated, whole rounds first; one with fewer is left with some of
 * them, others in each epoch.
 * @param pool image indices, one a place
 * @param stratumOf of every image
 */
export function balanceStrata(pool: readonly number[], stratumOf: readonly string[], seed: number, epoch: number): number[] {
  const strata = [...new Set(stratumOf)].sort()
  if (strata.length < 2) return [...pool]
  const roots = strata.map((stratum) => Math.sqrt(stratumOf.filter((other) => other === stratum).length))
  const places = apportion(pool.length, roots)
  return strata.flatMap((stratum, at) => {
    const own = pool.filter((index) => stratumOf[index] === stratum)
    const wanted = places[at]!
    const drawn = Array.from({ length: Math.floor(wanted / own.length) }, () => own).flat()
    const order = shuffled(own.length, randomFor(seed, epoch, 'balance', stratum))
    for (let i = 0; drawn.length < wanted; i++) drawn.push(own[order[i]!]!)
    return drawn
  })
}

/** Whole numbers in the proportion of the weights, their sum being `total` (largest remainders). */
function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  const exact = weights.map((weight) => (total * weight) / sum)
  const counts = exact.map(Math.floor)
  const byRemainder = weights.map((_, at) => at).sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!) || a - b)
  const missing = total - counts.reduce((a, b) => a + b, 0)
  for (const at of byRemainder.slice(0, missing)) counts[at]!++
  return counts
}
