import { inHashOrder } from './split.ts'

export interface PanelCandidate {
  /** The image's id. */
  id: string
  name: string
  group: string
  stratum: string
}

export const PANEL_SIZE = 16

/**
 * The validation images that every run of a split shows: from distinct groups as far as there are so many, the strata
 * taking turns in proportion, so that the first few already show every kind. Depends on seed and names alone.
 * @returns ids in the order they are shown
 */
export function choosePanel(validation: readonly PanelCandidate[], seed: number, size = PANEL_SIZE): string[] {
  const strata = [...new Set(validation.map((image) => image.stratum))].sort()
  // Of every stratum: one image a group, then the groups' second images, and so on.
  const queues = strata.map((stratum) => {
    const images = inHashOrder(
      validation.filter((image) => image.stratum === stratum),
      seed,
    )
    const seen = new Map<string, number>()
    const rounds = images.map((image) => {
      const round = seen.get(image.group) ?? 0
      seen.set(image.group, round + 1)
      return { image, round }
    })
    return { stratum, share: images.length / validation.length, taken: 0, images: rounds.sort((a, b) => a.round - b.round) }
  })
  const panel: string[] = []
  while (panel.length < Math.min(size, validation.length)) {
    // Every stratum once, then whichever is furthest behind its share.
    const next = queues
      .filter((queue) => queue.taken < queue.images.length)
      .sort(
        (a, b) =>
          Number(a.taken > 0) - Number(b.taken > 0) ||
          (a.taken + 0.5) / a.share - (b.taken + 0.5) / b.share ||
          (a.stratum < b.stratum ? -1 : 1),
      )[0]!
    panel.push(next.images[next.taken++]!.image.id)
  }
  return panel
}
