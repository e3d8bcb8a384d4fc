import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import type { ModelSpec } from '../core/contracts/model-spec.ts'
import { tf } from './tensorflow.ts'

export type TestTimeAugmentation = ModelSpec['test_time_augmentation']

/** Axes of [batch, height, width, channels] that are mirrored: neither, columns, rows, both. */
const MIRRORED: readonly number[][] = [[], [2], [1], [1, 2]]

/**
 * What a network says of patches: of each alone, or the mean of what it says of its four mirror images, each turned back.
 * Nuclei have no handedness, so the four are equally good opinions of one patch; their mean is less noisy at outlines,
 * for four times the work.
 * @param patches batch x height x width x 3
 * @returns batch x height x width x classes
 */
export function withTestTimeAugmentation(
  augmentation: TestTimeAugmentation,
  patches: Tensor4D,
  probabilities: (patches: Tensor4D) => Tensor4D,
): Tensor4D {
  if (augmentation === 'none') return probabilities(patches)
  return tf.tidy(() => {
    let sum: Tensor4D | undefined
    for (const axes of MIRRORED) {
      const before = sum
      // Inner tidies: one forward pass's layers at a time.
      sum = tf.tidy(() => {
        const mirrored = axes.length === 0 ? patches : tf.reverse(patches, axes)
        const said = probabilities(mirrored)
        const back = axes.length === 0 ? said : tf.reverse(said, axes)
        return before === undefined ? back.clone() : tf.add<Tensor4D>(before, back)
      })
    }
    return tf.div(sum ?? patches, MIRRORED.length)
  })
}
