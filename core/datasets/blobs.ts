import { artifactStore } from '../artifacts/index.ts'
import { db, type Prisma } from '../db.ts'
import { AppError } from '../errors.ts'
import type { PreparedImage } from './prepare-image.ts'

/** What is known of an image once its bytes are in the store. */
export type StoredImage = Omit<PreparedImage, 'image' | 'label'> & { imageKey: string; labelKey: string }

/** No import takes so long: what it stored and no dataset refers to by then was left by one that was killed. */
const ABANDONED_AFTER_MS = 24 * 3_600_000
const CHUNK = 500

/**
 * Puts an image and its truth into the store.
 * @param fresh gets the keys that were not there before, each as soon as it is: a disk that is full for the truth has
 *   the image already
 * @returns the image without its bytes
 */
export async function storeImage(prepared: PreparedImage, fresh: string[]): Promise<StoredImage> {
  const store = artifactStore()
  for (const { key, bytes } of [prepared.image, prepared.label]) {
    if (await store.exists(key)) continue
    await store.put(key, bytes)
    fresh.push(key)
  }
  const { image, label, ...rest } = prepared
  return { ...rest, imageKey: image.key, labelKey: label.key }
}

/**
 * That the blobs of a version which is about to be committed are there, and stay until it is: another import of the same
 * files may have failed meanwhile and taken its blobs with it.
 * @throws AppError RESOURCE_CONFLICT
 */
export async function requireBlobs(tx: Prisma.TransactionClient, images: readonly StoredImage[]): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock_shared(hashtextextended('dataset blobs', 0))::text`
  const store = artifactStore()
  for (const key of images.flatMap((image) => [image.imageKey, image.labelKey])) {
    if (!(await store.exists(key)))
      throw new AppError('RESOURCE_CONFLICT', `The file ${key} was removed by another import of the same images. Import again.`)
  }
}

/** Removes blobs that an import put and that no dataset refers to. */
export async function removeUnused(keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await whileNoneIsCommitted(async (tx) => {
    for (const key of await unusedOf(tx, keys)) await artifactStore().delete(key)
  })
}

/**
 * Removes blobs that no dataset refers to and that are older than a day. An import that was killed cannot clean up after
 * itself, and the one after it finds its blobs there already and so does not take them for its own.
 */
export async function removeAbandoned(): Promise<void> {
  const store = artifactStore()
  const before = Date.now() - ABANDONED_AFTER_MS
  await whileNoneIsCommitted(async (tx) => {
    for (const key of await unusedOf(tx, await store.list('blobs'))) {
      if ((await store.modified(key)).getTime() < before) await store.delete(key)
    }
  })
}

/** Alone with the blobs: no version is between its look at them (requireBlobs) and its commit. */
async function whileNoneIsCommitted(work: (tx: Prisma.TransactionClient) => Promise<void>): Promise<void> {
  await db().$transaction(
    async (tx) => {
      await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('dataset blobs', 0))::text`
      await work(tx)
    },
    { timeout: 300_000, maxWait: 30_000 },
  )
}

async function unusedOf(tx: Prisma.TransactionClient, keys: readonly string[]): Promise<string[]> {
  const unused: string[] = []
  for (let at = 0; at < keys.length; at += CHUNK) {
    const chunk = keys.slice(at, at + CHUNK)
    const used = await tx.datasetImage.findMany({
      where: { OR: [{ imageKey: { in: chunk } }, { labelKey: { in: chunk } }] },
      select: { imageKey: true, labelKey: true },
    })
    const kept = new Set(used.flatMap((row) => [row.imageKey, row.labelKey]))
    unused.push(...chunk.filter((key) => !kept.has(key)))
  }
  return unused
}
