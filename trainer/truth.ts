import type { RunParameters } from '../core/contracts/run-parameters.ts'
import type { LabelMap } from '../core/segmentation/image.ts'
import { contactMap } from '../core/segmentation/labels.ts'
import { boundaryWeights } from './losses/boundary-weights.ts'

/** How near another nucleus a pixel of the border class is: two pixels on each side of a contact. */
export const BORDER_REACH = 2

/** What decides how labels become a training target. */
export type Task = Pick<RunParameters, 'target' | 'loss'>

/** What a loss compares a patch's prediction with, row by row. */
export interface Truth {
  classes: Uint8Array
  /** Of every pixel, where the loss weighs them. */
  weights?: Float32Array
}

/** Drawn from the labels as they are given: call it after scaling. */
export function truthOf(labels: LabelMap, { target, loss }: Task): Truth {
  const classes = classMap(labels, target)
  return loss === 'boundary_weighted' ? { classes, weights: boundaryWeights(labels) } : { classes }
}

/** 0 background, 1 inside; with `semantic+border` also 2 where nuclei touch. */
export function classMap(labels: LabelMap, target: RunParameters['target']): Uint8Array {
  if (target === 'semantic+border') return contactMap(labels, BORDER_REACH)
  const classes = new Uint8Array(labels.data.length)
  for (let i = 0; i < classes.length; i++) classes[i] = labels.data[i] === 0 ? 0 : 1
  return classes
}
