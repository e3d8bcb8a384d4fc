import type { Side } from '../contracts/views.ts'
import { db, type Prisma } from '../db.ts'
import { AppError } from '../errors.ts'
import { assignSides, keptSide, type GroupToSplit } from './split.ts'

/** The client, or a transaction of it. */
type Reader = Pick<Prisma.TransactionClient, 'datasetVersion' | 'split' | 'splitGroup'>

export interface GroupOfImages {
  id: string
  name: string
  datasetImages: { id: string; name: string; stratum: string; imageKey: string }[]
}

/** A group on its side; what a child version needs to know of its parent. */
export interface PlacedGroup {
  side: Side
  imageKeys: string[]
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function readGroups(from: Reader, versionId: string): Promise<{ parentId: string | null; groups: GroupOfImages[] }> {
  const version = await from.datasetVersion.findUnique({
    where: { id: versionId },
    select: {
      parentId: true,
      imageGroups: { select: { id: true, name: true, datasetImages: { select: { id: true, name: true, stratum: true, imageKey: true } } } },
    },
  })
  if (version === null) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no dataset version ${versionId}.`)
  return { parentId: version.parentId, groups: version.imageGroups }
}

export async function findSplit(from: Reader, versionId: string, seed: number): Promise<string | undefined> {
  const found = await from.split.findUnique({
    where: { datasetVersionId_seed: { datasetVersionId: versionId, seed } },
    select: { id: true },
  })
  return found?.id
}

export async function placedGroups(from: Reader, splitId: string): Promise<PlacedGroup[]> {
  const groups = await from.splitGroup.findMany({
    where: { splitId },
    select: { side: true, group: { select: { datasetImages: { select: { imageKey: true } } } } },
  })
  return groups.map(({ side, group }) => ({ side: side as Side, imageKeys: group.datasetImages.map((image) => image.imageKey) }))
}

/**
 * The side of every group, by its name; images keep the side that they have in the parent version.
 * @returns `joined`: groups whose images had different sides in the parent version
 */
export function drawSides(
  groups: readonly GroupOfImages[],
  parent: readonly PlacedGroup[],
  seed: number,
): { sides: Map<string, Side>; joined: string[] } {
  const before = new Map(parent.flatMap(({ side, imageKeys }) => imageKeys.map((key) => [key, side] as const)))
  const joined: string[] = []
  const toSplit: GroupToSplit[] = groups.map((group) => {
    const { kept, joined: joins } = keptSide(
      group.datasetImages.map((image) => before.get(image.imageKey)).filter((side) => side !== undefined),
    )
    if (joins) joined.push(group.name)
    return {
      name: group.name,
      stratum: mostCommon(group.datasetImages.map((image) => image.stratum)),
      images: group.datasetImages.length,
      ...(kept === undefined ? {} : { kept }),
    }
  })
  return { sides: assignSides(toSplit, seed), joined }
}

/**
 * The groups of a version on the sides that they have with a seed: as stored, else as they would be drawn. Stores
 * nothing, so that whoever only asks (a form being filled in) leaves no split behind.
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function previewSplit(versionId: string, seed: number): Promise<PlacedGroup[]> {
  const stored = await findSplit(db(), versionId, seed)
  if (stored !== undefined) return placedGroups(db(), stored)
  const { parentId, groups } = await readGroups(db(), versionId)
  const { sides } = drawSides(groups, parentId === null ? [] : await previewSplit(parentId, seed), seed)
  return groups.map((group) => ({
    side: sides.get(group.name) ?? 'train',
    imageKeys: group.datasetImages.map((image) => image.imageKey),
  }))
}

/** The most frequent value, the first in the alphabet among equals. */
export function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? ''
}
