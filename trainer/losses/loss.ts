import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import type { RunParameters } from '../../core/contracts/run-parameters.ts'
import { AppError } from '../../core/errors.ts'
import { sparseSoftmaxCrossEntropy } from '../../networks/kernels.ts'
import { tf } from '../../networks/tensorflow.ts'

export type LossName = RunParameters['loss']

/** Keeps the soft Dice of a class that a batch does not hold from being 0 / 0; in pixels. */
export const DICE_SMOOTH = 1
/** Focal loss: how much less an easy pixel counts (Lin et al. 2017). */
export const FOCAL_GAMMA = 2

/**
 * What training minimises.
 * @param logits [batch, height, width, classes]
 * @param classes int32 [batch, height, width], the class of every pixel
 * @param weights float32 [batch, height, width]: of `boundary_weighted`, see `boundaryWeights`
 * @returns mean over pixels (cross-entropy, plain or weighted, and focal), 1 - soft Dice (dice), or the sum of
 *   cross-entropy and dice
 */
export function trainingLoss(name: LossName, logits: Tensor4D, classes: Tensor, weights?: Tensor): Scalar {
  const count = logits.shape[3]
  const rows = tf.reshape(logits, [-1, count])
  const labels = tf.reshape(classes, [-1])
  switch (name) {
    case 'cross_entropy':
      return tf.mean(sparseSoftmaxCrossEntropy(rows, labels))
    case 'dice':
      return softDice(rows, labels, count)
    case 'cross_entropy+dice':
      return tf.add(tf.mean(sparseSoftmaxCrossEntropy(rows, labels)), softDice(rows, labels, count))
    case 'focal':
      return focal(rows, labels)
    case 'boundary_weighted':
      if (weights === undefined) throw new AppError('INTERNAL_ERROR', 'boundary_weighted was called without its weights.')
      return tf.mean(tf.mul(sparseSoftmaxCrossEntropy(rows, labels), tf.reshape(weights, [-1])))
  }
}

/** 1 - mean over the classes but background of 2 sum(p t) / (sum(p) + sum(t)), summed over the whole batch: borders are rare in an image. */
function softDice(logits: Tensor, labels: Tensor, count: number): Scalar {
  const probabilities = tf.softmax(logits as Tensor4D)
  const truth = tf.tidy(() => tf.cast(tf.oneHot(labels as never, count), 'float32'))
  const both = tf.sum(tf.mul(probabilities, truth), 0)
  const either = tf.add(tf.sum(probabilities, 0), tf.sum(truth, 0))
  const dice = tf.div(tf.add(tf.mul(both, 2), DICE_SMOOTH), tf.add(either, DICE_SMOOTH))
  return tf.sub(1, tf.mean(tf.slice(dice, [1], [count - 1])))
}

/** (1 - p)^gamma times the cross-entropy, p being the probability of the true class. */
function focal(logits: Tensor, labels: Tensor): Scalar {
  const entropy = sparseSoftmaxCrossEntropy(logits, labels)
  const missing = tf.sub(1, tf.exp(tf.neg(entropy)))
  return tf.mean(tf.mul(tf.pow(missing, FOCAL_GAMMA), entropy))
}

/** Share of pixels on the right side of background and foreground. No gradient. */
export function foregroundAccuracy(logits: Tensor4D, classes: Tensor): Scalar {
  return tf.tidy(() => {
    const count = logits.shape[3]
    const others =
      count === 2
        ? tf.slice(logits, [0, 0, 0, 1], [-1, -1, -1, 1])
        : tf.logSumExp(tf.slice(logits, [0, 0, 0, 1], [-1, -1, -1, -1]), 3, true)
    const predicted = tf.greaterEqual(others, tf.slice(logits, [0, 0, 0, 0], [-1, -1, -1, 1]))
    const truth = tf.greater(tf.reshape(classes, predicted.shape), 0)
    return tf.mean(tf.cast(tf.equal(predicted, truth), 'float32')) as Scalar
  })
}
