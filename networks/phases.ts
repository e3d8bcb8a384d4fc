import type { Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { execute } from './kernels.ts'
import { tf } from './tensorflow.ts'

/**
 * A transposed convolution of size 3 and stride 2 with few filters, as a network's last layer is, by ordinary ones: every
 * input pixel is multiplied with all nine taps at once, the products are moved to the block of 2 x 2 outputs that they
 * belong to and summed there, and the blocks are laid out side by side. The maps in between are small, since the filters
 * are few: half of the time of TensorFlow's own kernel on a processor.
 *
 * @param x [batch, height, width, channels] @param kernel [3, 3, filters, channels]
 * @returns [batch, 2 height, 2 width, filters]
 */
export function transposedByPhases(x: Tensor4D, kernel: Tensor4D): Tensor4D {
  const [, , filters, channels] = kernel.shape
  return tf.tidy(() => {
    const taps = tf.reshape(tf.transpose(tf.reshape(kernel, [9 * filters, channels])), [1, 1, channels, 9 * filters])
    const products = tf.conv2d(x, taps as Tensor4D, 1, 'same')
    const blocks = tf.conv2d(products, tf.tensor4d(moves(filters), [3, 3, 9 * filters, 4 * filters]), 1, 'same')
    const attributes = { T: { type: 'float32' }, block_size: { int: 2 }, data_format: { text: 'NHWC' } } as const
    return execute('DepthToSpace', [blocks], attributes)[0] as Tensor4D
  })
}

/** Where the products with one of the three taps of an axis belong: out[2m] = k[0] in[m] + k[2] in[m - 1], out[2m + 1] = k[1] in[m]. */
const PLACES = [
  { phase: 0, from: 0 },
  { phase: 1, from: 0 },
  { phase: 0, from: -1 },
] as const

/** Zeros and ones: [row, column of the neighbour that a product comes from, tap and filter, phase and filter]. */
function moves(filters: number): Float32Array {
  const kernel = new Float32Array(9 * 9 * filters * 4 * filters)
  for (const [row, vertical] of PLACES.entries()) {
    for (const [column, horizontal] of PLACES.entries()) {
      for (let filter = 0; filter < filters; filter++) {
        const neighbour = (vertical.from + 1) * 3 + horizontal.from + 1
        const product = (row * 3 + column) * filters + filter
        const output = (vertical.phase * 2 + horizontal.phase) * filters + filter
        kernel[(neighbour * 9 * filters + product) * 4 * filters + output] = 1
      }
    }
  }
  return kernel
}
