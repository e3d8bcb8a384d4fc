import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { convolution } from './convolution.ts'
import type { Activation } from './fused-convolution.ts'
import { batchNormTraining, relu, statelessUniform } from './kernels.ts'
import type { MovingStatistics } from './kernels.ts'
import { hashText } from '../core/segmentation/random.ts'
import { tf } from './tensorflow.ts'
import type { Weights } from './weights.ts'

/**
 * How batch norm behaves. `train`: statistics of the batch, moving averages collected. `frozen`: the moving averages,
 * with kernel and shift differentiable (fine-tuning a pretrained encoder). `infer`: the same, folded into the kernel
 * once and kept until a parameter changes.
 */
export type NormMode = 'train' | 'frozen' | 'infer'

/** What a forward pass needs to know. */
export interface Pass {
  weights: Weights
  norm: NormMode
  /** New moving averages of this pass, by layer; to be set after the gradient step. */
  moved: Map<string, MovingStatistics>
  /** Dropout while training; drawn from (seed, step, layer), so that a resumed run drops the same. */
  dropout: { rate: number; seed: number } | undefined
  /** Training steps done before this pass. */
  step: number
}

export const EPSILON = 1e-3
/** Keras's momentum for the decoder; pretrained encoders keep theirs. */
const MOMENTUM = 0.99

export interface ConvolutionOptions {
  kind: 'normal' | 'depthwise' | 'transposed'
  /** Output channels; ignored for depthwise. */
  filters: number
  size: number
  stride: number
  activation: Activation
  /** Names of the kernel and of the batch norm's four vectors, as Keras has them. */
  kernelName: string
  normName: string
  momentum?: number
}

/**
 * Convolution, batch norm, activation. SAME padding as TensorFlow's.
 * @param x [batch, height, width, channels]; several are joined by their channels
 * @returns [batch, height / stride, width / stride, filters]; transposed: times stride
 */
export function convolutionNorm(pass: Pass, x: Tensor4D | readonly Tensor4D[], options: ConvolutionOptions): Tensor4D {
  const { weights } = pass
  const parts = partsOf(x)
  const channels = channelsOf(parts)
  const filters = options.kind === 'depthwise' ? channels : options.filters
  const kernel = getKernel(weights, options, channels)
  const norm = normParameters(weights, options.normName, filters)
  if (pass.norm === 'train') {
    const y = convolution(parts, kernel as Tensor4D, options)
    const moving = { mean: norm.mean, variance: norm.variance }
    const settings = { epsilon: EPSILON, momentum: warmedMomentum(options.momentum ?? MOMENTUM, pass.step) }
    const z = batchNormTraining(y, norm.gamma, norm.beta, moving, settings, (moved) => pass.moved.set(options.normName, moved))
    return activate(z as Tensor4D, options.activation)
  }
  // (conv(x, k) - mean) * scale + beta = conv(x, k * scale) + (beta - mean * scale)
  const names = normNames(options.normName)
  const statistics = [names.gamma, names.mean, names.variance]
  const scale = weights.derived(`${options.normName}/scale`, statistics, () => tf.mul(norm.gamma, tf.rsqrt(tf.add(norm.variance, EPSILON))))
  const meanScaled = weights.derived(`${options.normName}/mean_scaled`, statistics, () => tf.mul(norm.mean, scale))
  const fold = (): Tensor => tf.mul(kernel, tf.reshape(scale, scaleShape(options.kind, filters)))
  const shiftOf = (): Tensor => tf.sub(norm.beta, meanScaled)
  const frozen = pass.norm === 'frozen'
  const folded = frozen ? fold() : weights.derived(`${options.kernelName}/folded`, [options.kernelName, ...statistics], fold)
  const shift = frozen ? shiftOf() : weights.derived(`${options.normName}/shift`, [names.beta, ...statistics], shiftOf)
  return convolution(parts, folded as Tensor4D, options, { bias: shift, activation: options.activation })
}

/** Convolution with a bias and no norm: a network's last layer. Glorot start, as Keras has it. */
export function convolutionBias(
  pass: Pass,
  x: Tensor4D | readonly Tensor4D[],
  name: string,
  options: { kind: 'normal' | 'transposed'; filters: number; size: number; stride: number },
): Tensor4D {
  const full: ConvolutionOptions = { ...options, activation: 'linear', kernelName: `${name}/kernel`, normName: name }
  const parts = partsOf(x)
  const kernel = getKernel(pass.weights, full, channelsOf(parts))
  const bias = pass.weights.get(`${name}/bias`, [options.filters], { kind: 'zeros' })
  return convolution(parts, kernel as Tensor4D, options, { bias, activation: 'linear' })
}

/** Sets whole activations to zero at `rate` and scales the rest, by a mask drawn from (seed, step, name). */
export function dropout(pass: Pass, x: Tensor4D, name: string): Tensor4D {
  const settings = pass.dropout
  if (settings === undefined || settings.rate === 0) return x
  const keep = 1 - settings.rate
  const mask = tf.tidy(() => {
    const uniform = statelessUniform(x.shape, [pass.step, hashText(`${settings.seed}/${name}`) >>> 1])
    return tf.mul(tf.cast(tf.less(uniform, keep), 'float32'), 1 / keep)
  })
  return tf.mul(x, mask)
}

/**
 * Runs a part of a pass that only predicts in a scope of its own, so that its maps are gone when the next part begins. A
 * pass that trains needs them for the gradient.
 */
export function part<T extends Tensor4D | Tensor4D[]>(pass: Pass, run: () => T): T {
  return pass.norm === 'infer' ? tf.tidy(run) : run()
}

/** Twice the size, bilinear, half-pixel centres. */
export function upsample(x: Tensor4D): Tensor4D {
  return tf.image.resizeBilinear(x, [x.shape[1] * 2, x.shape[2] * 2], false, true)
}

/**
 * A moving average that begins at 0 and 1 takes hundreds of steps to forget them, and a small dataset has few: so the
 * first steps weigh more, as a mean would.
 */
export function warmedMomentum(momentum: number, step: number): number {
  return Math.min(momentum, (1 + step) / (10 + step))
}

export function normNames(name: string): { gamma: string; beta: string; mean: string; variance: string } {
  return { gamma: `${name}/gamma`, beta: `${name}/beta`, mean: `${name}/moving_mean`, variance: `${name}/moving_variance` }
}

function normParameters(weights: Weights, name: string, channels: number): { gamma: Tensor; beta: Tensor; mean: Tensor; variance: Tensor } {
  const names = normNames(name)
  return {
    gamma: weights.get(names.gamma, [channels], { kind: 'ones' }),
    beta: weights.get(names.beta, [channels], { kind: 'zeros' }),
    mean: weights.get(names.mean, [channels], { kind: 'zeros' }),
    variance: weights.get(names.variance, [channels], { kind: 'ones' }),
  }
}

function getKernel(weights: Weights, options: ConvolutionOptions, channels: number): Tensor {
  const { kind, size, filters, stride } = options
  const area = size * size
  if (kind === 'depthwise') return weights.get(options.kernelName, [size, size, channels, 1], { kind: 'he', fanIn: area, fanOut: area })
  const fanIn = kind === 'transposed' ? (area * channels) / (stride * stride) : area * channels
  const start = options.activation === 'linear' ? 'glorot' : 'he'
  const shape = kind === 'transposed' ? [size, size, filters, channels] : [size, size, channels, filters]
  return weights.get(options.kernelName, shape, { kind: start, fanIn, fanOut: area * filters })
}

/** The axis of a kernel that holds output channels: last, but for depthwise and transposed kernels the third. */
function scaleShape(kind: ConvolutionOptions['kind'], filters: number): number[] {
  return kind === 'normal' ? [1, 1, 1, filters] : [1, 1, filters, 1]
}

function partsOf(x: Tensor4D | readonly Tensor4D[]): readonly Tensor4D[] {
  return 'shape' in x ? [x] : x
}

function channelsOf(parts: readonly Tensor4D[]): number {
  return parts.reduce((sum, { shape }) => sum + shape[3], 0)
}

function activate(x: Tensor4D, activation: Activation): Tensor4D {
  return activation === 'linear' ? x : (relu(x, activation) as Tensor4D)
}
