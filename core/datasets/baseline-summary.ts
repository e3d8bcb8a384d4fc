import { metricKeys } from '../segmentation/metrics.ts'
import type { ImageScore } from '../segmentation/metrics.ts'
import { sql } from '../sql.ts'
import { splitImages } from './split-images.ts'

/**
 * Otsu + watershed on one side of a split: `val/dice`, `val/ap50`, .., and per stratum `val/dice@histology`. Computed at
 * import on whole images; empty for an unknown split.
 * @param limitImages of a sweep that uses a part of the images: the baseline is then of that part too
 */
export async function baselineSummary(
  splitId: string,
  side: 'train' | 'val' | 'test' = 'val',
  limitImages?: number | null,
): Promise<Record<string, number>> {
  const part = limitImages == null ? null : (await splitImages(splitId, { limitImages }))[side].map((image) => image.id)
  const rows = await sql()<{ stratum: string; baseline: ImageScore }[]>`
    select i.stratum, i.baseline from split_group g join dataset_image i on i.group_id = g.group_id
    where g.split_id = ${splitId} and g.side = ${side}
      ${part === null ? sql()`` : sql()`and i.id = any(${part})`} order by i.ordinal`
  return metricKeys(
    side,
    rows.map(({ stratum, baseline }) => ({ ...baseline, stratum })),
  )
}
