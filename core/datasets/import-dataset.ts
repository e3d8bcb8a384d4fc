import { AppError } from '../errors.ts'
import { removeAbandoned, removeUnused, storeImage, type StoredImage } from './blobs.ts'
import { detectLayout, type LayoutItem, type Problem } from './layouts.ts'
import { openSource } from './open-source.ts'
import { prepareImage, type PreparedImage } from './prepare-image.ts'
import type { Source } from './source.ts'
import { storeVersion, type StoredVersion } from './store-version.ts'
import { userGroups } from './user-groups.ts'

export interface ImportOptions {
  /** A folder or a zip file of this machine. */
  source: string
  name: string
  groupPattern?: string | undefined
  groupCsv?: string | undefined
  /** Which channel of many, from 0. */
  channel?: number | undefined
  /** Share done, 0..1, and what is being done. */
  onProgress?: (progress: number, message: string) => void
  signal?: AbortSignal
}

/** Images read at a time: one decodes or compresses while another is measured. */
const AT_ONCE = 3
const SHOWN_PROBLEMS = 10

/**
 * Imports a dataset: every image is read, checked, measured and put into the store; then the version is written in one
 * transaction. Every problem is collected before it fails, and a failed or aborted import leaves nothing behind; what one
 * that was killed has left is removed by a later import.
 *
 * The same content under the same name gives the version that is there already.
 *
 * @throws AppError INVALID_DATASET with `details.problems: [{file, reason}]`
 */
export async function importDataset(options: ImportOptions): Promise<StoredVersion> {
  const source = await openSource(options.source)
  const fresh: string[] = []
  try {
    await removeAbandoned()
    return await importFrom(source, options, fresh)
  } catch (error) {
    await removeUnused(fresh)
    throw error
  } finally {
    await source.close()
  }
}

async function importFrom(source: Source, options: ImportOptions, fresh: string[]): Promise<StoredVersion> {
  const report = options.onProgress ?? (() => {})
  report(0, `${source.paths.length} files found`)
  const { layout, items, problems } = detectLayout(source.paths)
  const groups = userGroups(items, options)
  const readable = items.filter((item) => item.truth.length > 0)
  const images = new Map<string, StoredImage>()
  let done = 0
  await eachAtOnce(readable, async (item) => {
    options.signal?.throwIfAborted()
    const result = await prepareImage(source, item, layout, options.channel)
    if ('problems' in result) problems.push(...result.problems)
    // After a first problem nothing will be imported, so nothing more is stored.
    else if (problems.length === 0) images.set(item.name, await storeImage(result.image, fresh))
    else images.set(item.name, withoutBytes(result.image))
    done++
    report((0.95 * done) / readable.length, `${done} of ${readable.length} images checked`)
  })
  options.signal?.throwIfAborted()
  const ordered = items.map((item) => images.get(item.name)).filter((image) => image !== undefined)
  problems.push(...duplicates(ordered, items))
  if (problems.length === 0 && ordered.every((image) => image.objectCount === 0)) {
    problems.push({ file: options.source, reason: 'has no nucleus in any truth: the masks are empty' })
  }
  if (problems.length > 0) throw invalid(options.source, problems)
  report(0.96, 'finding fields that continue each other')
  const result = await storeVersion({
    name: options.name,
    layout,
    source: options.source,
    synthetic: false,
    images: ordered,
    userGroups: groups,
    warnings: warningsOf(ordered),
  })
  report(
    1,
    result.created
      ? `${result.name}@${result.version}: ${result.imageCount} images, ${result.objectCount} nuclei`
      : `the same as ${result.name}@${result.version}`,
  )
  return result
}

function withoutBytes({ image, label, ...rest }: PreparedImage): StoredImage {
  return { ...rest, imageKey: image.key, labelKey: label.key }
}

async function eachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane))
  // All lanes have come to rest before the first error is told: nothing is written after the clean-up.
  for (const result of lanes) if (result.status === 'rejected') throw result.reason
}

function duplicates(images: readonly StoredImage[], items: readonly LayoutItem[]): Problem[] {
  const first = new Map<string, string>()
  const fileOf = new Map(items.map((item) => [item.name, item.image]))
  return images.flatMap((image) => {
    const file = fileOf.get(image.name)!
    const before = first.get(image.imageKey)
    if (before === undefined) first.set(image.imageKey, file)
    return before === undefined ? [] : [{ file, reason: `is the same file as ${before}: remove one of them` }]
  })
}

function warningsOf(images: readonly StoredImage[]): string[] {
  const warnings: string[] = []
  const empty = images.filter((image) => image.objectCount === 0)
  if (empty.length > 0) warnings.push(`${empty.length} images have no nucleus in their truth: ${listed(empty.map((image) => image.name))}`)
  const overlapping = images.filter((image) => image.overlapPixels > 0)
  if (overlapping.length > 0) {
    const pixels = overlapping.reduce((sum, image) => sum + image.overlapPixels, 0)
    warnings.push(`${pixels} pixels in ${overlapping.length} images are claimed by two nuclei; the later mask has them`)
  }
  if (images.some((image) => image.derived))
    warnings.push('Nuclei are derived from one black-and-white mask an image: touching nuclei cannot be told apart')
  return warnings
}

function listed(names: readonly string[]): string {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? `, and ${names.length - 5} more` : '')
}

function invalid(source: string, problems: Problem[]): AppError {
  const sorted = [...problems].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
  const lines = sorted.slice(0, SHOWN_PROBLEMS).map(({ file, reason }) => `  ${file} ${reason}`)
  const more = sorted.length > SHOWN_PROBLEMS ? `\n  and ${sorted.length - SHOWN_PROBLEMS} more` : ''
  return new AppError(
    'INVALID_DATASET',
    `${source} was not imported: ${sorted.length} ${sorted.length === 1 ? 'problem' : 'problems'}.\n${lines.join('\n')}${more}`,
    { details: { problems: sorted } },
  )
}
