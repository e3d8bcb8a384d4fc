import type { DatasetImageView, Side } from '../contracts/views.ts'
import { sql } from '../sql.ts'
import { getImageRow, imageRows, type ImageRow } from './image-row.ts'

export interface ListImagesOptions {
  /** Whose sides and panel; without: the split of seed 0. */
  splitId?: string | undefined
  side?: Side | undefined
  stratum?: string | undefined
  group?: string | undefined
  /** Part of a name. */
  search?: string | undefined
  /** At most; default 60. */
  limit?: number | undefined
  offset?: number | undefined
}

/** Images of a version in the order of import. */
export async function listImages(
  versionId: string,
  options: ListImagesOptions = {},
): Promise<{ images: DatasetImageView[]; total: number }> {
  const splitId = options.splitId ?? (await defaultSplit(versionId))
  const rows = (await imageRows({ versionId, splitId })).filter(
    (row) =>
      (options.side === undefined || row.side === options.side) &&
      (options.stratum === undefined || row.stratum === options.stratum) &&
      (options.group === undefined || row.group === options.group) &&
      (options.search === undefined || row.name.toLowerCase().includes(options.search.toLowerCase())),
  )
  const offset = options.offset ?? 0
  return { images: rows.slice(offset, offset + (options.limit ?? 60)).map(imageView), total: rows.length }
}

/**
 * One image, with its side in the split of seed 0.
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function getImage(imageId: string): Promise<DatasetImageView> {
  const { datasetVersionId: versionId } = await getImageRow(imageId)
  const rows = await imageRows({ versionId, splitId: await defaultSplit(versionId) })
  return imageView(rows.find((row) => row.id === imageId)!)
}

async function defaultSplit(versionId: string): Promise<string | undefined> {
  const [split] = await sql()<{ id: string }[]>`select id from split where dataset_version_id = ${versionId} order by seed limit 1`
  return split?.id
}

export function imageView(row: ImageRow): DatasetImageView {
  return {
    image_id: row.id,
    name: row.name,
    width: row.width,
    height: row.height,
    channels: row.channels,
    bit_depth: row.bitDepth,
    stratum: row.stratum,
    stratum_guessed: row.stratumGuessed,
    group: row.group,
    side: row.side,
    object_count: row.objectCount,
    median_diameter: row.medianDiameter,
    foreground_fraction: row.foregroundFraction,
    overlap_pixels: row.overlapPixels,
    panel_rank: row.panelRank,
    baseline: row.baseline,
  }
}
