import { db, type Prisma } from '../db.ts'
import { drawSides, findSplit, placedGroups, type PlacedGroup, readGroups } from './draw-split.ts'
import { choosePanel } from './panel.ts'
import { DEFAULT_FRACTIONS } from './split.ts'

/**
 * The grouped split of a version for a seed, made with its sides and panel where it is missing.
 * @returns the split's id
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function ensureSplit(versionId: string, seed: number): Promise<string> {
  const found = await findSplit(db(), versionId, seed)
  if (found !== undefined) return found
  const { splitId } = await db().$transaction((tx) => createSplit(tx, versionId, seed), { timeout: 60_000, maxWait: 30_000 })
  return splitId
}

/**
 * Writes a split inside a transaction; where another made it meanwhile, that one is returned.
 * @returns `joined`: groups whose images had different sides in the parent version
 */
export async function createSplit(
  tx: Prisma.TransactionClient,
  versionId: string,
  seed: number,
): Promise<{ splitId: string; joined: string[] }> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`split ${versionId} ${seed}`}, 0))::text`
  const there = await findSplit(tx, versionId, seed)
  if (there !== undefined) return { splitId: there, joined: [] }
  const { parentId, groups } = await readGroups(tx, versionId)
  const { sides, joined } = drawSides(groups, parentId === null ? [] : await parentGroups(tx, parentId, seed), seed)
  const { train, val, test } = DEFAULT_FRACTIONS
  const split = await tx.split.create({
    data: { datasetVersionId: versionId, seed, trainFraction: train, valFraction: val, testFraction: test },
    select: { id: true },
  })
  await tx.splitGroup.createMany({
    data: groups.map((group) => ({ splitId: split.id, groupId: group.id, side: sides.get(group.name) ?? 'train' })),
  })
  const validation = groups
    .filter((group) => sides.get(group.name) === 'val')
    .flatMap((group) => group.datasetImages.map((image) => ({ id: image.id, name: image.name, stratum: image.stratum, group: group.name })))
  const panel = choosePanel(validation, seed)
  await tx.splitPanel.createMany({ data: panel.map((imageId, rank) => ({ splitId: split.id, imageId, rank })) })
  return { splitId: split.id, joined }
}

/** Of the parent's split of the same seed, which is made too where it is missing: both then stay as they were drawn together. */
async function parentGroups(tx: Prisma.TransactionClient, parentId: string, seed: number): Promise<PlacedGroup[]> {
  const { splitId } = await createSplit(tx, parentId, seed)
  return placedGroups(tx, splitId)
}
