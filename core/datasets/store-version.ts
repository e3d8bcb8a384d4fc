import { createHash, randomUUID } from 'node:crypto'
import { db, type Prisma } from '../db.ts'
import { AppError } from '../errors.ts'
import { requireBlobs, type StoredImage } from './blobs.ts'
import { createSplit } from './ensure-split.ts'
import { findLinks, nameGroups, userLinks } from './groups.ts'

export interface VersionToStore {
  name: string
  layout: string
  /** Where it was read from: a note for people. */
  source: string
  synthetic: boolean
  images: StoredImage[]
  /** The group a user gave to each image. */
  userGroups: (string | undefined)[]
  warnings: string[]
  /** The group of each image where it is known beforehand; otherwise it is found. */
  groups?: string[]
}

export interface StoredVersion {
  versionId: string
  name: string
  version: number
  imageCount: number
  objectCount: number
  groupCount: number
  /** False: the same content was there already, and that version is returned. */
  created: boolean
}

const CHUNK = 500

/**
 * Writes a dataset version, its groups, images, default split and panel in one transaction.
 * @throws AppError RESOURCE_ALREADY_EXISTS when the name belongs to a dataset of the other kind (synthetic or real)
 */
export async function storeVersion(given: VersionToStore): Promise<StoredVersion> {
  const { images } = given
  const groups =
    given.groups ??
    nameGroups(
      images.map((image) => image.name),
      [...findLinks(images.map((image) => image.fingerprint)), ...userLinks(given.userGroups)],
      given.userGroups,
    )
  const contentHash = hashOf(images, given.userGroups)
  return db().$transaction(
    async (tx) => {
      await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`dataset ${given.name}`}, 0))::text`
      const dataset = await tx.dataset.upsert({
        where: { name: given.name },
        create: { name: given.name, synthetic: given.synthetic },
        update: {},
      })
      if (dataset.synthetic !== given.synthetic) {
        throw new AppError(
          'RESOURCE_ALREADY_EXISTS',
          `There is a dataset ${given.name} already, of ${dataset.synthetic ? 'synthetic' : 'real'} images. Choose another name.`,
        )
      }
      const objectCount = images.reduce((sum, image) => sum + image.objectCount, 0)
      const same = await tx.datasetVersion.findUnique({
        where: { datasetId_contentHash: { datasetId: dataset.id, contentHash } },
        include: { _count: { select: { imageGroups: true } } },
      })
      if (same !== null) {
        return {
          versionId: same.id,
          name: given.name,
          version: same.version,
          imageCount: same.imageCount,
          objectCount: same.objectCount,
          groupCount: same._count.imageGroups,
          created: false,
        }
      }
      const parent = await tx.datasetVersion.findFirst({
        where: { datasetId: dataset.id },
        orderBy: { version: 'desc' },
        select: { id: true, version: true },
      })
      const diameters = images.flatMap((image) => image.diameters).sort((a, b) => a - b)
      const version = await tx.datasetVersion.create({
        data: {
          datasetId: dataset.id,
          version: (parent?.version ?? 0) + 1,
          parentId: parent?.id ?? null,
          contentHash,
          layout: given.layout,
          source: given.source,
          derived: images.some((image) => image.derived),
          imageCount: images.length,
          objectCount,
          diameterP10: quantile(diameters, 0.1),
          diameterP50: quantile(diameters, 0.5),
          diameterP90: quantile(diameters, 0.9),
          warnings: given.warnings,
        },
        select: { id: true, version: true },
      })
      const groupIds = new Map([...new Set(groups)].map((name) => [name, randomUUID().replaceAll('-', '')]))
      await inChunks([...groupIds], (rows) =>
        tx.imageGroup.createMany({ data: rows.map(([name, id]) => ({ id, name, datasetVersionId: version.id })) }),
      )
      await inChunks(
        images.map((image, ordinal) => imageData(image, ordinal, version.id, groupIds.get(groups[ordinal]!)!)),
        (data) => tx.datasetImage.createMany({ data }),
      )
      const { joined } = await createSplit(tx, version.id, 0)
      await requireBlobs(tx, images)
      if (joined.length > 0) {
        const what = `${joined.length} groups join images that were on different sides in version ${parent!.version}; each went to the more guarded side: ${joined.slice(0, 5).join(', ')}${joined.length > 5 ? ', ..' : ''}`
        await tx.datasetVersion.update({ where: { id: version.id }, data: { warnings: [...given.warnings, what] } })
      }
      return {
        versionId: version.id,
        name: given.name,
        version: version.version,
        imageCount: images.length,
        objectCount,
        groupCount: groupIds.size,
        created: true,
      }
    },
    { timeout: 300_000, maxWait: 30_000 },
  )
}

function imageData(image: StoredImage, ordinal: number, datasetVersionId: string, groupId: string): Prisma.DatasetImageCreateManyInput {
  return {
    datasetVersionId,
    groupId,
    ordinal,
    name: image.name,
    imageKey: image.imageKey,
    labelKey: image.labelKey,
    width: image.width,
    height: image.height,
    channels: image.channels,
    bitDepth: image.bitDepth,
    stratum: image.stratum,
    stratumGuessed: image.stratumGuessed,
    objectCount: image.objectCount,
    medianDiameter: quantile(image.diameters, 0.5),
    foregroundFraction: image.foregroundFraction,
    overlapPixels: image.overlapPixels,
    baseline: { ...image.baseline },
  }
}

async function inChunks<T>(rows: T[], write: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK) await write(rows.slice(at, at + CHUNK))
}

/** Image and truth pixels in any order, and the user's groups: what makes two versions the same. */
function hashOf(images: readonly StoredImage[], userGroups: readonly (string | undefined)[]): string {
  const lines = images.map((image, i) => `${image.imageKey} ${image.labelHash} ${userGroups[i] ?? ''}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

/** Of rising values; null for none. */
export function quantile(rising: readonly number[], share: number): number | null {
  if (rising.length === 0) return null
  const at = share * (rising.length - 1)
  const below = Math.floor(at)
  return rising[below]! + (at - below) * ((rising[below + 1] ?? rising[below]!) - rising[below]!)
}
