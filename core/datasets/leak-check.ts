import type { Side } from '../contracts/views.ts'

export interface PlacedImage {
  name: string
  group: string
  side: Side | null
  /** Content key of the image. */
  imageKey: string
}

/**
 * Whether a split keeps its sides apart: every image has a side, no group lies on two, and no image is on two sides under
 * another name.
 */
export function leakCheck(images: readonly PlacedImage[]): { ok: boolean; message: string } {
  const unplaced = images.filter((image) => image.side === null)
  if (unplaced.length > 0) return { ok: false, message: `Leak check: ${unplaced.length} images have no side, such as ${unplaced[0]!.name}` }
  const fields = onTwoSides(images, (image) => image.group)
  if (fields.length > 0) return { ok: false, message: `Leak check: ${fields.length} fields on two sides, such as ${fields[0]!}` }
  const copies = onTwoSides(images, (image) => image.imageKey)
  if (copies.length > 0) return { ok: false, message: `Leak check: ${copies.length} images are on two sides under two names` }
  return { ok: true, message: 'Leak check: no field on two sides' }
}

function onTwoSides(images: readonly PlacedImage[], keyOf: (image: PlacedImage) => string): string[] {
  const sides = new Map<string, Set<Side | null>>()
  for (const image of images) {
    const key = keyOf(image)
    const seen = sides.get(key)
    if (seen === undefined) sides.set(key, new Set([image.side]))
    else seen.add(image.side)
  }
  return [...sides].filter(([, seen]) => seen.size > 1).map(([key]) => key)
}
