import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { AppError } from '../core/errors.ts'
import type { MovingStatistics } from '../networks/kernels.ts'
import type { EncoderState } from '../networks/mobilenet-v2.ts'
import type { Network, TrainingMode } from '../networks/network.ts'
import { tf } from '../networks/tensorflow.ts'
import type { Batch } from './batches.ts'
import { foregroundAccuracy, trainingLoss } from './losses/loss.ts'
import type { LossName } from './losses/loss.ts'
import type { Optimizer } from './optimizer.ts'

export interface StepResult {
  /** On the device, kept: read and dispose them when it suits. */
  loss: Scalar
  accuracy: Scalar
}

export interface StepOptions {
  mode: TrainingMode
  loss: LossName
  rate: number
  /** What the frozen part of the encoder makes of the batch, where it is known already; called within the step's scope. */
  features?: (() => EncoderState) | undefined
}

/**
 * One update of the trained parameters. What of the encoder is frozen runs outside the gradient tape, so that nothing of
 * it is kept for a backward pass.
 */
export function trainStep(network: Network, optimizer: Optimizer, batch: Batch, options: StepOptions): StepResult {
  const { mode } = options
  return tf.tidy(() => {
    const size = Math.sqrt(batch.classes.length / batch.imageIds.length)
    const images: Tensor4D = tf.tensor4d(batch.inputs, [batch.imageIds.length, size, size, 3])
    const classes: Tensor = tf.tensor(batch.classes, [batch.imageIds.length, size, size], 'int32')
    const weights = batch.weights === undefined ? undefined : tf.tensor(batch.weights, classes.shape)
    const frozen = options.features?.() ?? network.frozenFeatures(images, mode)
    const names = network.trainable(mode)
    let accuracy: Scalar | undefined
    let moved: Map<string, MovingStatistics> | undefined
    const lossOf = (): Scalar => {
      const forward = network.trainingLogits(images, frozen, mode)
      moved = forward.moved
      accuracy = tf.keep(foregroundAccuracy(forward.logits, classes))
      return trainingLoss(options.loss, forward.logits, classes, weights)
    }
    const { value, grads } = gradientsOf(
      lossOf,
      names.map((name) => network.weights.value(name)),
    )
    if (accuracy === undefined || moved === undefined) throw new AppError('INTERNAL_ERROR', 'The training pass did not run.')
    optimizer.apply(network.weights, names, grads, options.rate)
    network.applyMoved(moved)
    // tidy keeps what is returned, and `accuracy` was kept by name
    return { loss: value, accuracy } as StepResult & Record<string, Tensor>
  })
}

/** tf.variableGrads without variables: parameters are plain tensors here, updated in TensorFlow's own memory. */
function gradientsOf(f: () => Scalar, xs: Tensor[]): { value: Scalar; grads: Tensor[] } {
  const engine = tf.engine() as unknown as {
    gradients(f: () => Tensor, xs: Tensor[], dy: null, allowNoGradients: boolean): { value: Tensor; grads: Tensor[] }
  }
  const { value, grads } = engine.gradients(f, xs, null, false)
  return { value: value as Scalar, grads }
}
