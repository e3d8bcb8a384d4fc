import type { RunParameters } from '../core/contracts/run-parameters.ts'
import type { LabelMap } from '../core/segmentation/image.ts'
import { borderMap } from '../core/segmentation/labels.ts'

/** Border of the three-class target, in pixels on each side of a nucleus's edge within it. */
export const BORDER_THICKNESS = 1

/**
 * The training target: 0 background, 1 inside; with `semantic+border` also 2 border, drawn from the labels as they are
 * given, so call it after scaling.
 */
export function classMap(labels: LabelMap, target: RunParameters['target']): Uint8Array {
  if (target === 'semantic+border') return borderMap(labels, BORDER_THICKNESS)
  const classes = new Uint8Array(labels.data.length)
  for (let i = 0; i < classes.length; i++) classes[i] = labels.data[i] === 0 ? 0 : 1
  return classes
}
