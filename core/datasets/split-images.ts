import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { imageRows, type ImageRow } from './image-row.ts'
import { inHashOrder } from './split.ts'

export interface SplitImages {
  train: ImageRow[]
  val: ImageRow[]
  test: ImageRow[]
  /** Ids of the panel's images in the order they are shown; all of them are in `val`. */
  panel: string[]
}

/**
 * The images of a split by side.
 * @param limitImages at most so many for training, and at most so many for validation: whole groups, every stratum in
 *   proportion, the panel always among them. The test side is never cut.
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function splitImages(splitId: string, options: { limitImages?: number | null | undefined } = {}): Promise<SplitImages> {
  const [split] = await sql()<
    { versionId: string; seed: number }[]
  >`select dataset_version_id as "versionId", seed from split where id = ${splitId}`
  if (split === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no split ${splitId}.`)
  const rows = await imageRows({ versionId: split.versionId, splitId })
  const of = (side: string): ImageRow[] => rows.filter((row) => row.side === side)
  const limit = options.limitImages ?? Infinity
  const panel = of('val')
    .filter((row) => row.panelRank !== null)
    .sort((a, b) => a.panelRank! - b.panelRank!)
    .map((row) => row.id)
  const val = limitImages(of('val'), limit, split.seed, new Set(panel))
  const kept = new Set(val.map((row) => row.id))
  return { train: limitImages(of('train'), limit, split.seed), val, test: of('test'), panel: panel.filter((id) => kept.has(id)) }
}

/**
 * At most `limit` images, whole groups, strata in proportion, in their own order. Groups that hold an image of `first` go
 * first; those images stay even where their groups do not fit.
 */
export function limitImages(rows: readonly ImageRow[], limit: number, seed: number, first: ReadonlySet<string> = new Set()): ImageRow[] {
  if (rows.length <= limit) return [...rows]
  const kept = new Set([...first].filter((id) => rows.some((row) => row.id === id)).slice(0, limit))
  const strata = [...new Set(rows.map((row) => row.stratum))].sort()
  const used = new Map(strata.map((stratum) => [stratum, rows.filter((row) => row.stratum === stratum && kept.has(row.id)).length]))
  const queues = new Map(
    strata.map((stratum) => [
      stratum,
      groupsOf(
        rows.filter((row) => row.stratum === stratum),
        seed,
      ),
    ]),
  )
  for (;;) {
    // The stratum that is furthest behind its share of the rows gives its next group.
    const stratum = strata
      .filter((name) => queues.get(name)!.length > 0)
      .sort((a, b) => used.get(a)! / share(rows, a) - used.get(b)! / share(rows, b) || (a < b ? -1 : 1))[0]
    if (stratum === undefined) break
    const added = queues
      .get(stratum)!
      .shift()!
      .images.filter((row) => !kept.has(row.id))
    if (kept.size + added.length > limit) continue
    for (const row of added) kept.add(row.id)
    used.set(stratum, used.get(stratum)! + added.length)
  }
  return rows.filter((row) => kept.has(row.id))
}

function share(rows: readonly ImageRow[], stratum: string): number {
  return rows.filter((row) => row.stratum === stratum).length
}

function groupsOf(rows: ImageRow[], seed: number): { name: string; images: ImageRow[] }[] {
  const groups = new Map<string, ImageRow[]>()
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
  return inHashOrder(
    [...groups].map(([name, images]) => ({ name, images })),
    seed,
  )
}
