import type { GradConfig, NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { execute } from './kernels.ts'
import { device, tf } from './tensorflow.ts'

/**
 * Gradients of tfjs that cost more than they must, with the same values. Measured on a processor with batches of 16 at
 * 128 x 128; each says what it spares.
 */
export function replaceSlowGradients(): void {
  for (const gradient of [SUM, MEAN, CONCAT, TRANSPOSED_CONVOLUTION]) {
    tf.unregisterGradient(gradient.kernelName)
    tf.registerGradient(gradient)
  }
}

const FLOAT = { type: 'float32' } as const

/** tfjs multiplies by an array of ones that it fills number by number in JavaScript and then copies. */
const SUM: GradConfig = {
  kernelName: 'Sum',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => ({ x: () => spread(dy as Tensor, saved[0]!, attributes) }),
}

const MEAN: GradConfig = {
  kernelName: 'Mean',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const x = saved[0]!
    const share = (dy as Tensor).size / x.size
    return { x: () => spread(tf.mul(dy as Tensor, share), x, attributes) }
  },
}

/** `dy` repeated along the axes of `x` that a reduction took away. */
function spread(dy: Tensor, x: Tensor, attributes: NamedAttrMap): Tensor {
  const axes = tf.util.parseAxisParam(attributes['axis'] as number | number[], x.shape)
  const kept = tf.reshape(
    dy,
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  )
  const types = { T: FLOAT, Tidx: { type: 'int32' } } as const
  return execute('BroadcastTo', [kept, tf.tensor1d(x.shape, 'int32')], types)[0]!
}

/** tfjs cuts out the gradient of every part, also of parts that need none: skips of a frozen encoder are the larger half. */
const CONCAT: GradConfig = {
  kernelName: 'Concat',
  saveAllInputs: true,
  gradFunc: (dy, saved, attributes) => {
    const axis = tf.util.parseAxisParam(attributes['axis'] as number, saved[0]!.shape)[0]!
    let at = 0
    const parts = saved.map(({ shape }) => {
      const begin = shape.map((_, each) => (each === axis ? at : 0))
      at += shape[axis]!
      return () => tf.slice(dy as Tensor, begin, shape)
    })
    return Object.fromEntries(parts.entries()) as Record<string, () => Tensor>
  },
}

/** From so many output channels the copied patches are small beside the product. */
const MANY_CHANNELS = 32

/**
 * A transposed convolution's. On a processor the gradient of a wide kernel is one product of patches and input: where maps
 * are small and channels many, a third faster than TensorFlow's own kernel for it.
 */
const TRANSPOSED_CONVOLUTION: GradConfig = {
  kernelName: 'Conv2DBackpropInput',
  inputsToSave: ['dy', 'filter'],
  gradFunc: (gradient, saved, attributes) => {
    const dy = gradient as Tensor4D
    const [input, kernel] = saved as [Tensor4D, Tensor4D]
    const { strides, pad } = attributes as unknown as { strides: number | [number, number]; pad: 'same' | 'valid' }
    const [height, width, filters, channels] = kernel.shape
    const byProduct = filters >= MANY_CHANNELS && device() === 'cpu'
    return {
      dy: () => tf.conv2d(dy, kernel, strides, pad),
      filter: () => {
        if (!byProduct) {
          const inputs = { x: dy, dy: input }
          return tf.engine().runKernel('Conv2DBackpropFilter', inputs, { ...attributes, filterShape: kernel.shape }) as Tensor
        }
        const [down, right] = typeof strides === 'number' ? [strides, strides] : strides
        const patches = execute('ExtractImagePatches', [dy], {
          T: FLOAT,
          ksizes: { int: [1, height, width, 1] },
          strides: { int: [1, down, right, 1] },
          rates: { int: [1, 1, 1, 1] },
          padding: { text: pad.toUpperCase() },
        })[0]!
        const rows = tf.reshape(patches, [-1, height * width * filters])
        const transposed = { T: FLOAT, transpose_a: { bool: true }, transpose_b: { bool: false } } as const
        return tf.reshape(execute('MatMul', [rows, tf.reshape(input, [-1, channels])], transposed)[0]!, kernel.shape)
      },
    }
  },
}
