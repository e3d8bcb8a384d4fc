import type { Truth } from '../truth.ts'
import { DICE_SMOOTH, FOCAL_GAMMA } from './loss.ts'
import type { LossName } from './loss.ts'

/** Least probability that a logarithm is taken of: that of a logit difference of 16. */
const LEAST = 1e-7

/**
 * The training loss of one patch from its probabilities: what `trainingLoss` is of one image's logits.
 * @param probabilities pixels x count
 */
export function validationLoss(name: LossName, probabilities: Float32Array, { classes, weights }: Truth, count: number): number {
  let entropy = 0
  let weighted = 0
  let focal = 0
  const both = new Float64Array(count)
  const either = new Float64Array(count)
  for (let pixel = 0, at = 0; pixel < classes.length; pixel++, at += count) {
    const truth = classes[pixel]!
    const p = probabilities[at + truth]!
    const loss = -Math.log(Math.max(p, LEAST))
    entropy += loss
    if (weights !== undefined) weighted += weights[pixel]! * loss
    focal += (1 - p) ** FOCAL_GAMMA * loss
    both[truth]! += p
    either[truth]! += 1
    for (let c = 1; c < count; c++) either[c]! += probabilities[at + c]!
  }
  let dice = 0
  for (let c = 1; c < count; c++) dice += (2 * both[c]! + DICE_SMOOTH) / (either[c]! + DICE_SMOOTH)
  const diceLoss = 1 - dice / (count - 1)
  switch (name) {
    case 'cross_entropy':
      return entropy / classes.length
    case 'dice':
      return diceLoss
    case 'cross_entropy+dice':
      return entropy / classes.length + diceLoss
    case 'focal':
      return focal / classes.length
    case 'boundary_weighted':
      return weighted / classes.length
  }
}
