import type { Side } from '../contracts/views.ts'
import { db, type Prisma } from '../db.ts'
import { AppError } from '../errors.ts'
import { choosePanel } from './panel.ts'
import { assignSides, DEFAULT_FRACTIONS, keptSide, type GroupToSplit } from './split.ts'

/**
 * The grouped split of a version for a seed, made with its sides and panel where it is missing.
 * @returns the split's id
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function ensureSplit(versionId: string, seed: number): Promise<string> {
  const found = await db().split.findUnique({
    where: { datasetVersionId_seed: { datasetVersionId: versionId, seed } },
    select: { id: true },
  })
  if (found !== null) return found.id
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
  const there = await tx.split.findUnique({ where: { datasetVersionId_seed: { datasetVersionId: versionId, seed } }, select: { id: true } })
  if (there !== null) return { splitId: there.id, joined: [] }
  const version = await tx.datasetVersion.findUnique({
    where: { id: versionId },
    select: {
      parentId: true,
      imageGroups: { select: { id: true, name: true, datasetImages: { select: { id: true, name: true, stratum: true, imageKey: true } } } },
    },
  })
  if (version === null) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no dataset version ${versionId}.`)
  const parent = version.parentId === null ? new Map<string, Side>() : await parentSides(tx, version.parentId, seed)
  const joined: string[] = []
  const groups: GroupToSplit[] = version.imageGroups.map((group) => {
    const before = group.datasetImages.map((image) => parent.get(image.imageKey)).filter((side) => side !== undefined)
    const { kept, joined: joins } = keptSide(before)
    if (joins) joined.push(group.name)
    return {
      name: group.name,
      stratum: mostCommon(group.datasetImages.map((image) => image.stratum)),
      images: group.datasetImages.length,
      ...(kept === undefined ? {} : { kept }),
    }
  })
  const sides = assignSides(groups, seed)
  const { train, val, test } = DEFAULT_FRACTIONS
  const split = await tx.split.create({
    data: { datasetVersionId: versionId, seed, trainFraction: train, valFraction: val, testFraction: test },
    select: { id: true },
  })
  await tx.splitGroup.createMany({
    data: version.imageGroups.map((group) => ({ splitId: split.id, groupId: group.id, side: sides.get(group.name) ?? 'train' })),
  })
  const validation = version.imageGroups
    .filter((group) => sides.get(group.name) === 'val')
    .flatMap((group) => group.datasetImages.map((image) => ({ id: image.id, name: image.name, stratum: image.stratum, group: group.name })))
  const panel = choosePanel(validation, seed)
  await tx.splitPanel.createMany({ data: panel.map((imageId, rank) => ({ splitId: split.id, imageId, rank })) })
  return { splitId: split.id, joined }
}

/** Content key -> side in the parent's split of the same seed, made there too when it is missing. */
async function parentSides(tx: Prisma.TransactionClient, parentId: string, seed: number): Promise<Map<string, Side>> {
  const { splitId } = await createSplit(tx, parentId, seed)
  const groups = await tx.splitGroup.findMany({
    where: { splitId },
    select: { side: true, group: { select: { datasetImages: { select: { imageKey: true } } } } },
  })
  return new Map(groups.flatMap(({ side, group }) => group.datasetImages.map((image) => [image.imageKey, side as Side] as const)))
}

/** The most frequent value, the first in the alphabet among equals. */
export function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? ''
}
