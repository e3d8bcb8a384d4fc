import type { Side } from '../contracts/views.ts'
import { artifactStore } from '../artifacts/index.ts'
import { AppError } from '../errors.ts'
import type { LabelMap, Raster } from '../segmentation/image.ts'
import type { ImageScore } from '../segmentation/metrics.ts'
import { sql } from '../sql.ts'
import { readLabels } from './label-image.ts'
import { readImage } from './read-image.ts'

/** An image of a dataset version and where its bytes are. `side` is null where no split was asked for. */
export interface ImageRow {
  id: string
  datasetVersionId: string
  ordinal: number
  name: string
  imageKey: string
  labelKey: string
  width: number
  height: number
  channels: number
  bitDepth: number
  stratum: string
  stratumGuessed: boolean
  groupId: string
  group: string
  side: Side | null
  panelRank: number | null
  objectCount: number
  medianDiameter: number | null
  foregroundFraction: number
  overlapPixels: number
  baseline: ImageScore
}

/** Rows of a version in the order of import, with sides and panel ranks of one split where it is named. */
export async function imageRows(where: { versionId: string; splitId?: string | undefined } | { imageId: string }): Promise<ImageRow[]> {
  const splitId = 'splitId' in where ? (where.splitId ?? null) : null
  const s = sql()
  return s<ImageRow[]>`
    select i.id, i.dataset_version_id as "datasetVersionId", i.ordinal, i.name, i.image_key as "imageKey", i.label_key as "labelKey",
      i.width, i.height, i.channels, i.bit_depth as "bitDepth", i.stratum, i.stratum_guessed as "stratumGuessed",
      i.group_id as "groupId", g.name as "group", sg.side, p.rank as "panelRank", i.object_count as "objectCount",
      i.median_diameter as "medianDiameter", i.foreground_fraction as "foregroundFraction", i.overlap_pixels as "overlapPixels", i.baseline
    from dataset_image i
    join image_group g on g.id = i.group_id
    left join split_group sg on sg.group_id = i.group_id and sg.split_id = ${splitId}
    left join split_panel p on p.image_id = i.id and p.split_id = ${splitId}
    where ${'imageId' in where ? s`i.id = ${where.imageId}` : s`i.dataset_version_id = ${where.versionId}`}
    order by i.ordinal`
}

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function getImageRow(imageId: string): Promise<ImageRow> {
  const [row] = /^[0-9a-f]{32}$/.test(imageId) ? await imageRows({ imageId }) : []
  if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no image ${imageId}.`)
  return row
}

/** The image as stored. */
export async function loadImage(row: Pick<ImageRow, 'imageKey' | 'name'>): Promise<Raster> {
  return readImage(await artifactStore().get(row.imageKey), row.name)
}

/** Its truth: one integer a nucleus, the image's size. */
export async function loadLabels(row: Pick<ImageRow, 'labelKey' | 'name'>): Promise<LabelMap> {
  return readLabels(await artifactStore().get(row.labelKey), `the truth of ${row.name}`)
}
