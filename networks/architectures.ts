import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import type { RunParameters } from '../core/contracts/run-parameters.ts'
import { AppError } from '../core/errors.ts'
import { convolutionBias, convolutionNorm, dropout, part, upsample } from './layers.ts'
import type { Pass } from './layers.ts'
import type { SkipKind } from './mobilenet-v2.ts'

export type ArchitectureName = RunParameters['architecture']

/** A U-Net's second half and how it wants its first. */
export interface Architecture {
  skips: SkipKind
  filters: readonly number[]
  /**
   * @param features skips at 1/2, 1/4, 1/8, 1/16 and the bottom at 1/32
   * @param image the network's input [batch, size, size, 3]
   * @returns logits [batch, size, size, classes]
   */
  decode(
    pass: Pass,
    features: { skips: Tensor4D[]; bottom: Tensor4D },
    image: Tensor4D,
    filters: readonly number[],
    classes: number,
  ): Tensor4D
}

/** Dropout sits where maps are coarse: there whole objects are decided on, and it costs nothing. */
const DROPOUT_STAGES = 2

export const ARCHITECTURES: Record<ArchitectureName, Architecture> = {
  /** The reference: TensorFlow's segmentation tutorial. A transposed convolution doubles the size, then the skip is joined. */
  'unet-mobilenetv2': {
    skips: 'expanded',
    filters: [512, 256, 128, 64],
    decode(pass, { skips, bottom }, _image, filters, classes) {
      let x: Tensor4D | Tensor4D[] = bottom
      for (const [stage, width] of filters.slice(0, 4).entries()) {
        let enlarged = convolutionNorm(pass, x, {
          kind: 'transposed',
          filters: width,
          size: 3,
          stride: 2,
          activation: 'relu',
          kernelName: `decoder_${stage}/kernel`,
          normName: `decoder_${stage}_BN`,
        })
        if (stage < DROPOUT_STAGES) enlarged = dropout(pass, enlarged, `decoder_${stage}`)
        x = [enlarged, skips[3 - stage]!]
      }
      const fine = filters[4]
      if (fine === undefined) return convolutionBias(pass, x, 'logits', { kind: 'transposed', filters: classes, size: 3, stride: 2 })
      x = convolutionNorm(pass, x, {
        kind: 'transposed',
        filters: fine,
        size: 3,
        stride: 2,
        activation: 'relu',
        kernelName: 'decoder_4/kernel',
        normName: 'decoder_4_BN',
      })
      return convolutionBias(pass, x, 'logits', { kind: 'normal', filters: classes, size: 1, stride: 1 })
    },
  },
  /**
   * Lighter and better: bilinear enlarging leaves no checkerboard, one 3x3 convolution a stage after the skip is joined,
   * and a stage at full size that sees the image itself, for outlines true to a pixel.
   */
  'unet-mobilenetv2-light': {
    skips: 'narrow',
    filters: [128, 96, 64, 32, 24],
    decode(pass, { skips, bottom }, image, filters, classes) {
      let x = bottom
      for (const [stage, width] of filters.entries()) {
        const skip = stage < 4 ? skips[3 - stage]! : image
        const coarse = x
        x = part(pass, () =>
          convolutionNorm(pass, [upsample(coarse), skip], {
            kind: 'normal',
            filters: width,
            size: 3,
            stride: 1,
            activation: 'relu',
            kernelName: `decoder_${stage}/kernel`,
            normName: `decoder_${stage}_BN`,
          }),
        )
        if (stage < DROPOUT_STAGES) x = dropout(pass, x, `decoder_${stage}`)
      }
      if (filters.length === 4) x = upsample(x)
      return convolutionBias(pass, x, 'logits', { kind: 'normal', filters: classes, size: 1, stride: 1 })
    },
  },
}

/** "128-96-64-32" as numbers; empty gives the architecture's own. */
export function decoderFilters(architecture: ArchitectureName, text: string): number[] {
  if (text === '') return [...ARCHITECTURES[architecture].filters]
  const filters = text.split('-').map(Number)
  if (filters.some((width) => !Number.isInteger(width) || width < 1) || filters.length < 4 || filters.length > 5) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `decoder_filters is "${text}": give four or five widths of at least 1, coarse to fine, e.g. 128-96-64-32.`,
    )
  }
  return filters
}

/** Classes that a target has: background and inside, or background, inside and border. */
export function classCount(target: RunParameters['target']): number {
  return target === 'semantic' ? 2 : 3
}
