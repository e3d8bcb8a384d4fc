import type { DatasetImageView, Side } from '@/core/contracts/views.ts'

export interface ImageFilter {
  side: Side | null
  stratum: string | null
  group: string | null
  /** Part of a name or of a group's name, letters of any case. */
  text: string
}

export type ImageOrder = 'import' | 'group' | 'most' | 'fewest' | 'hard'

export function filterImages<I extends Pick<DatasetImageView, 'side' | 'stratum' | 'group' | 'name'>>(
  images: readonly I[],
  filter: ImageFilter,
): I[] {
  const text = filter.text.trim().toLowerCase()
  return images.filter(
    (image) =>
      (filter.side === null || image.side === filter.side) &&
      (filter.stratum === null || image.stratum === filter.stratum) &&
      (filter.group === null || image.group === filter.group) &&
      (text === '' || image.name.toLowerCase().includes(text) || image.group.toLowerCase().includes(text)),
  )
}

export function orderImages<I extends Pick<DatasetImageView, 'group' | 'object_count' | 'baseline'>>(
  images: readonly I[],
  order: ImageOrder,
): I[] {
  const sorted = [...images]
  switch (order) {
    case 'import':
      return sorted
    case 'group':
      return sorted.sort((a, b) => a.group.localeCompare(b.group, 'en', { numeric: true }))
    case 'most':
      return sorted.sort((a, b) => b.object_count - a.object_count)
    case 'fewest':
      return sorted.sort((a, b) => a.object_count - b.object_count)
    case 'hard':
      return sorted.sort((a, b) => a.baseline.dice - b.baseline.dice)
  }
}
