import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { convolutionAttributes, execute, type Attributes } from './kernels.ts'
import { device, tf } from './tensorflow.ts'

export type Activation = 'relu' | 'relu6' | 'linear'

const OPERATIONS: Record<Activation, string[]> = {
  linear: ['BiasAdd'],
  relu: ['BiasAdd', 'Relu'],
  relu6: ['BiasAdd', 'Relu6'],
}

type Kind = 'normal' | 'depthwise'
/** Map, kernel, bias. */
type Inputs = [Tensor4D, Tensor4D, Tensor]

/**
 * Convolution, bias and activation by one of TensorFlow's kernels, which keeps a piece of the map in the processor's cache
 * for all three: two to three times as fast where maps are large and kernels small, as in MobileNetV2.
 * @returns undefined where this library or processor has none: call the three one by one then
 */
export function fusedConvolution(kind: Kind, inputs: Inputs, activation: Activation, stride: number): Tensor4D | undefined {
  return isAvailable(kind) ? run(kind, inputs, activation, stride) : undefined
}

function run(kind: Kind, inputs: Inputs, activation: Activation, stride: number): Tensor4D {
  const fused: Attributes = { ...convolutionAttributes(stride), fused_ops: { texts: OPERATIONS[activation] }, num_args: { int: 1 } }
  if (kind === 'normal') return execute('_FusedConv2D', inputs, { ...fused, TArgs: { types: ['float32'] } })[0] as Tensor4D
  // oneDNN's kernel, which is registered under this label; there is no other for a depthwise convolution on a processor
  return execute('_MklNativeFusedDepthwiseConv2dNative', inputs, { ...fused, _kernel: { text: 'MklNameChangeOp' } })[0] as Tensor4D
}

const available = new Map<Kind, boolean>()

/** Tried once: older libraries, other processors and a binding without lists of strings have none. */
function isAvailable(kind: Kind): boolean {
  let known = available.get(kind)
  if (known === undefined) {
    known = device() === 'cpu' && works(kind)
    available.set(kind, known)
  }
  return known
}

function works(kind: Kind): boolean {
  try {
    return tf.tidy(() => {
      const y = run(kind, [tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), tf.tensor1d([-0.5])], 'relu6', 1)
      return y.dataSync().every((value) => value === 0.5)
    })
  } catch {
    return false
  }
}
