import { objectShapes } from '../../core/segmentation/labels.ts'
import type { Sample } from './draw-patch.ts'

/** Looked up once a sample: finding them reads every pixel, a crop's choice must not. */
const known = new WeakMap<Sample, { x: number; y: number }[]>()

/** Centres of a sample's nuclei, in pixels from its upper left corner. */
export function nucleusCentres(sample: Sample): readonly { x: number; y: number }[] {
  let centres = known.get(sample)
  if (centres === undefined) {
    const { width, height, labels } = sample
    centres = objectShapes({ width, height, data: labels }).map(({ centroid }) => centroid)
    known.set(sample, centres)
  }
  return centres
}

/** The centre of one of a sample's nuclei, each as likely as another; undefined where it has none. */
export function drawNucleus(sample: Sample, random: () => number): { x: number; y: number } | undefined {
  const centres = nucleusCentres(sample)
  // drawn even from none: what follows is drawn alike for every sample
  return centres[Math.floor(random() * centres.length)]
}
