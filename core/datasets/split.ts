import type { Side } from '../contracts/views.ts'
import { hashText } from '../segmentation/random.ts'

export interface SplitFractions {
  train: number
  val: number
  test: number
}

export const DEFAULT_FRACTIONS: SplitFractions = { train: 0.7, val: 0.15, test: 0.15 }

export interface GroupToSplit {
  name: string
  /** The stratum of most of its images. */
  stratum: string
  images: number
  /** The side it has in the parent version, which it keeps. */
  kept?: Side
}

const ORDER: readonly Side[] = ['train', 'val', 'test']

/**
 * The side of every group. Within each stratum the groups are taken in the order of hash(seed, name), each going to the
 * side that lacks most images, so that every stratum is near the fractions. A stratum of two groups has one in
 * validation, of three one in test too.
 *
 * Pure: the same groups, seed and kept sides give the same answer everywhere.
 */
export function assignSides(
  groups: readonly GroupToSplit[],
  seed: number,
  fractions: SplitFractions = DEFAULT_FRACTIONS,
): Map<string, Side> {
  const sides = new Map<string, Side>()
  for (const stratum of [...new Set(groups.map((group) => group.stratum))].sort()) {
    assignStratum(
      groups.filter((group) => group.stratum === stratum),
      seed,
      fractions,
      sides,
    )
  }
  return sides
}

function assignStratum(groups: GroupToSplit[], seed: number, fractions: SplitFractions, sides: Map<string, Side>): void {
  const total = groups.reduce((sum, group) => sum + group.images, 0)
  const missing: Record<Side, number> = { train: fractions.train * total, val: fractions.val * total, test: fractions.test * total }
  const count: Record<Side, number> = { train: 0, val: 0, test: 0 }
  const place = (group: GroupToSplit, side: Side): void => {
    sides.set(group.name, side)
    missing[side] -= group.images
    count[side]++
  }
  for (const group of groups) if (group.kept !== undefined) place(group, group.kept)
  const free = inHashOrder(
    groups.filter((group) => group.kept === undefined),
    seed,
  )
  for (const group of free) {
    place(
      group,
      ORDER.reduce((best, side) => (missing[side] > missing[best] ? side : best)),
    )
  }
  // Small strata: nothing to validate on would be worse than fractions that are off.
  const wanted: Side[] = [
    ...(groups.length >= 2 ? (['val'] as const) : []),
    ...(groups.length >= 3 && fractions.test > 0 ? (['test'] as const) : []),
  ]
  for (const side of wanted) {
    if (count[side] > 0) continue
    const donor = free.filter((group) => count[sides.get(group.name)!] > 1).sort((a, b) => a.images - b.images || hashOrder(a, b, seed))[0]
    if (donor === undefined) continue
    count[sides.get(donor.name)!]--
    place(donor, side)
  }
}

/** Groups in an order that depends on seed and names alone. */
export function inHashOrder<T extends { name: string }>(groups: readonly T[], seed: number): T[] {
  return [...groups].sort((a, b) => hashOrder(a, b, seed))
}

function hashOrder(a: { name: string }, b: { name: string }, seed: number): number {
  return hashText(`${seed}/${a.name}`) - hashText(`${seed}/${b.name}`) || (a.name < b.name ? -1 : 1)
}

/**
 * The side a group of a child version keeps, from the sides its images had in the parent; undefined for none. Where an
 * addition joins two sides the more guarded one wins: what was sealed or validated on is never trained on later.
 */
export function keptSide(parentSides: readonly Side[]): { kept: Side | undefined; joined: boolean } {
  const guarded = (['test', 'val', 'train'] as const).find((side) => parentSides.includes(side))
  return { kept: guarded, joined: new Set(parentSides).size > 1 }
}
