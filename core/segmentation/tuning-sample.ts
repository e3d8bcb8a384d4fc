/** An image that may be tuned on: what is known of it before it is read. */
export interface Samplable {
  stratum: string
  width: number
  height: number
}

/**
 * Images to tune on: all, as long as they hold no more than `mostPixels`, else about as many as do. Every stratum keeps
 * its share, and one image at least; within a stratum they are spread evenly, because neighbours in a list are often
 * tiles of one field and say the same. The same list gives the same images.
 * @returns indices in rising order
 */
export function tuningSample(images: readonly Samplable[], mostPixels: number): number[] {
  const all = images.map((_, index) => index)
  const pixels = images.reduce((sum, { width, height }) => sum + width * height, 0)
  if (pixels <= mostPixels) return all
  const byStratum = new Map<string, number[]>()
  for (const index of all) {
    const stratum = images[index]?.stratum ?? ''
    const list = byStratum.get(stratum)
    if (list === undefined) byStratum.set(stratum, [index])
    else list.push(index)
  }
  const share = mostPixels / pixels
  const chosen = [...byStratum.values()].flatMap((list) => {
    const wanted = Math.max(1, Math.round(list.length * share))
    return Array.from({ length: wanted }, (_, n) => list[Math.floor(((n + 0.5) * list.length) / wanted)] ?? 0)
  })
  return chosen.sort((a, b) => a - b)
}
