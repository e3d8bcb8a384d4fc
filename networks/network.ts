import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { AppError } from '../core/errors.ts'
import { ARCHITECTURES, classCount } from './architectures.ts'
import type { ArchitectureName } from './architectures.ts'
import { replaceSlowGradients } from './gradients.ts'
import type { MovingStatistics } from './kernels.ts'
import { normNames } from './layers.ts'
import type { NormMode, Pass } from './layers.ts'
import { LAST_BLOCK, encoderBlockOf, encoderBlocks } from './mobilenet-v2.ts'
import type { EncoderState } from './mobilenet-v2.ts'
import { tf } from './tensorflow.ts'
import { Weights } from './weights.ts'

replaceSlowGradients()

/** Everything that decides a network's shape. */
export interface NetworkSpec {
  architecture: ArchitectureName
  encoder_alpha: number
  decoder_filters: readonly number[]
  target: 'semantic' | 'semantic+border'
}

/** How a training pass treats the encoder. */
export interface TrainingMode {
  /** First encoder block that is trained; LAST_BLOCK + 1 trains none. */
  trainFrom: number
  /** `frozen` keeps the pretrained moving averages (fine-tuning); `train` learns them (random start). */
  encoderNorm: 'frozen' | 'train'
  /** Training steps done before this one: draws dropout and warms the moving averages. */
  step: number
  dropout: { rate: number; seed: number }
}

export const FROZEN = LAST_BLOCK + 1

/**
 * A segmentation network: MobileNetV2 encoder, U-Net decoder. Sides of its input are multiples of 32. Every tensor that it
 * makes and does not return is disposed by the caller's tidy scope; its parameters live until `dispose`.
 */
export class Network {
  readonly classes: number
  readonly weights: Weights

  /** @param seed of the parameters that no file gives */
  constructor(
    readonly spec: NetworkSpec,
    seed: number,
  ) {
    this.classes = classCount(spec.target)
    this.weights = new Weights(seed)
  }

  /** Brings every parameter into being. Call it after loading weights and before training. */
  build(): void {
    tf.dispose(tf.tidy(() => this.logits(tf.zeros([1, 32, 32, 3]))))
  }

  /**
   * Inference. @param image [batch, height, width, 3] in -1..1
   * @returns logits [batch, height, width, classes]
   */
  logits(image: Tensor4D): Tensor4D {
    return tf.tidy(() => {
      const pass = this.pass('infer')
      return this.decode(pass, this.encode(pass, { x: image, skips: [] }, 0, LAST_BLOCK), image)
    })
  }

  /** Probabilities of all classes. @returns [batch, height, width, classes] */
  probabilities(image: Tensor4D): Tensor4D {
    return tf.tidy(() => tf.softmax(this.logits(image)))
  }

  /** The part of the encoder that is not trained: run outside the gradient tape. The result is the caller's to dispose. */
  frozenFeatures(image: Tensor4D, mode: TrainingMode): EncoderState {
    return tf.tidy(() => {
      const state = this.encode(this.pass('infer'), { x: image, skips: [] }, 0, mode.trainFrom - 1)
      // tidy keeps what is returned: the skips as well as the output
      return { x: state.x, skips: state.skips } as EncoderState & Record<string, Tensor | Tensor[]>
    })
  }

  /**
   * The trained part, to be run inside the gradient tape.
   * @returns logits [batch, height, width, classes] and new moving averages for `applyMoved`
   */
  trainingLogits(image: Tensor4D, state: EncoderState, mode: TrainingMode): { logits: Tensor4D; moved: Map<string, MovingStatistics> } {
    const encoderPass = { ...this.pass(mode.encoderNorm === 'train' ? 'train' : 'frozen'), step: mode.step }
    const encoded = this.encode(encoderPass, state, mode.trainFrom, LAST_BLOCK)
    const decoderPass: Pass = { ...encoderPass, norm: 'train', dropout: mode.dropout }
    return { logits: this.decode(decoderPass, encoded, image), moved: encoderPass.moved }
  }

  /** Names of the parameters that a mode trains: moving averages never, norms of a frozen-norm encoder only by their shift. */
  trainable(mode: TrainingMode): string[] {
    return this.weights.names().filter((name) => {
      if (name.endsWith('/moving_mean') || name.endsWith('/moving_variance')) return false
      const block = encoderBlockOf(name)
      if (block === undefined) return true
      if (block < mode.trainFrom) return false
      return !(mode.encoderNorm === 'frozen' && name.endsWith('/gamma'))
    })
  }

  /** Names of all parameters that a step of a mode may change, moving averages included. */
  changing(mode: Pick<TrainingMode, 'trainFrom'>): string[] {
    return this.weights.names().filter((name) => (encoderBlockOf(name) ?? Infinity) >= mode.trainFrom)
  }

  /** Sets the moving averages that a training pass collected. */
  applyMoved(moved: Map<string, MovingStatistics>): void {
    for (const [name, statistics] of moved) {
      const names = normNames(name)
      this.weights.set(names.mean, statistics.mean)
      this.weights.set(names.variance, statistics.variance)
    }
  }

  dispose(): void {
    this.weights.dispose()
  }

  private pass(norm: NormMode): Pass {
    return { weights: this.weights, norm, moved: new Map(), step: 0, dropout: undefined }
  }

  private encode(pass: Pass, state: EncoderState, from: number, to: number): EncoderState {
    return encoderBlocks(pass, state, this.spec.encoder_alpha, ARCHITECTURES[this.spec.architecture].skips, from, to)
  }

  private decode(pass: Pass, { x, skips }: EncoderState, image: Tensor4D): Tensor4D {
    if (skips.length !== 4) throw new AppError('INTERNAL_ERROR', `The encoder gave ${skips.length} skips instead of 4.`)
    const { architecture, decoder_filters: filters } = this.spec
    return ARCHITECTURES[architecture].decode(pass, { skips, bottom: x }, image, filters, this.classes)
  }
}
