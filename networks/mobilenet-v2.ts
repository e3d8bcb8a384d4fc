import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { convolutionNorm, part } from './layers.ts'
import type { Pass } from './layers.ts'
import { tf } from './tensorflow.ts'

/**
 * MobileNetV2 (Sandler et al. 2018) without its top, with Keras's layer names. Input sides must be multiples of 32.
 * [expansion, channels at alpha 1, stride] of blocks 0 to 16.
 */
const BLOCKS: readonly (readonly [number, number, number])[] = [
  [1, 16, 1],
  [6, 24, 2],
  [6, 24, 1],
  [6, 32, 2],
  [6, 32, 1],
  [6, 32, 1],
  [6, 64, 2],
  [6, 64, 1],
  [6, 64, 1],
  [6, 64, 1],
  [6, 96, 1],
  [6, 96, 1],
  [6, 96, 1],
  [6, 160, 2],
  [6, 160, 1],
  [6, 160, 1],
  [6, 320, 1],
]
export const LAST_BLOCK = BLOCKS.length - 1
const MOMENTUM = 0.999

/** Feature maps at 1/2, 1/4, 1/8, 1/16 (skips) and 1/32 (bottom) of the input. */
export interface EncoderFeatures {
  skips: [Tensor4D, Tensor4D, Tensor4D, Tensor4D]
  bottom: Tensor4D
}

/** What a part of the encoder hands to the next: its output and the skips met so far. */
export interface EncoderState {
  x: Tensor4D
  skips: Tensor4D[]
}

/** Which layers are the skips: the wide expansions of the reference recipe, or the narrow block outputs before them. */
export type SkipKind = 'expanded' | 'narrow'

/**
 * Blocks `from` to `to`, both included. Block 0 includes the first convolution.
 * @param state x [batch, height, width, 3] in -1..1 for block 0
 */
export function encoderBlocks(pass: Pass, state: EncoderState, alpha: number, skipKind: SkipKind, from: number, to: number): EncoderState {
  let { x } = state
  const skips = [...state.skips]
  for (let index = from; index <= to; index++) {
    const input = x
    const [output, skip] = part(pass, () => block(pass, input, alpha, skipKind, index))
    x = output!
    if (skip !== undefined) skips.push(skip)
  }
  return { x, skips }
}

/** @returns its output, and the skip where it has one */
function block(pass: Pass, input: Tensor4D, alpha: number, skipKind: SkipKind, index: number): Tensor4D[] {
  const [expansion, base, stride] = BLOCKS[index]!
  const name = index === 0 ? 'expanded_conv' : `block_${index}`
  let x = input
  if (index === 0) {
    x = convolutionNorm(pass, x, {
      kind: 'normal',
      filters: scaled(32, alpha),
      size: 3,
      stride: 2,
      activation: 'relu6',
      kernelName: 'Conv1/kernel',
      normName: 'bn_Conv1',
      momentum: MOMENTUM,
    })
  }
  let skip = stride === 2 ? input : undefined
  if (expansion > 1) {
    x = convolutionNorm(pass, x, {
      kind: 'normal',
      filters: input.shape[3] * expansion,
      size: 1,
      stride: 1,
      activation: 'relu6',
      kernelName: `${name}_expand/kernel`,
      normName: `${name}_expand_BN`,
      momentum: MOMENTUM,
    })
    if (stride === 2 && skipKind === 'expanded') skip = x
  }
  x = convolutionNorm(pass, x, {
    kind: 'depthwise',
    filters: 0,
    size: 3,
    stride,
    activation: 'relu6',
    kernelName: `${name}_depthwise/depthwise_kernel`,
    normName: `${name}_depthwise_BN`,
    momentum: MOMENTUM,
  })
  x = convolutionNorm(pass, x, {
    kind: 'normal',
    filters: scaled(base, alpha),
    size: 1,
    stride: 1,
    activation: 'linear',
    kernelName: `${name}_project/kernel`,
    normName: `${name}_project_BN`,
    momentum: MOMENTUM,
  })
  if (stride === 1 && input.shape[3] === x.shape[3]) x = tf.add(input, x)
  return skip === undefined ? [x] : [x, skip]
}

/** The block that a parameter belongs to; undefined for a parameter that is not the encoder's. */
export function encoderBlockOf(parameter: string): number | undefined {
  if (/^(Conv1|bn_Conv1|expanded_conv)/.test(parameter)) return 0
  const match = /^block_(\d+)_/.exec(parameter)
  return match === null ? undefined : Number(match[1])
}

/** Channels at a width, a multiple of 8 that is never more than a tenth below. */
function scaled(channels: number, alpha: number): number {
  const wanted = channels * alpha
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8)
  return rounded < 0.9 * wanted ? rounded + 8 : rounded
}
