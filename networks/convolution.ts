import type { GradConfig, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { fusedConvolution } from './fused-convolution.ts'
import type { Activation } from './fused-convolution.ts'
import { convolutionAttributes, execute } from './kernels.ts'
import { transposedByPhases } from './phases.ts'
import { device, tf } from './tensorflow.ts'

export interface ConvolutionKind {
  kind: 'normal' | 'depthwise' | 'transposed'
  stride: number
}

/** Added to every channel of what comes out, then the activation. */
export interface Biased {
  bias: Tensor
  activation: Activation
}

/**
 * Convolution of maps joined by their channels, SAME padding as TensorFlow's. Every stage of a U-Net's decoder has two: what
 * was decoded so far, and a skip. The gradient is computed part by part and only where it is wanted: skips of a frozen
 * encoder want none, nor does the image, and they are the larger half of the channels.
 *
 * @param parts [batch, height, width, channels of the part], at least one; one alone for a depthwise convolution
 * @param kernel normal [size, size, channels, filters]; depthwise [size, size, channels, 1]; transposed [size, size, filters, channels]
 * @returns [batch, height / stride, width / stride, filters]; transposed: times stride
 */
export function convolution(parts: readonly Tensor4D[], kernel: Tensor4D, { kind, stride }: ConvolutionKind, biased?: Biased): Tensor4D {
  const inputs = [...parts, kernel, ...(biased === undefined ? [] : [biased.bias])]
  const attributes: OwnAttributes = { kind, stride, parts: parts.length, activation: biased?.activation ?? 'linear' }
  return tf.engine().runKernel(CONVOLUTION, inputs as never, { ...attributes })
}

const CONVOLUTION = 'JoinedConvolution'
const FLOAT = { T: { type: 'float32' } } as const

type OwnAttributes = ConvolutionKind & { parts: number; activation: Activation }

tf.registerKernel({
  kernelName: CONVOLUTION,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const all = Object.values(inputs) as Tensor[]
    const { kind, stride, parts, activation } = attrs as unknown as OwnAttributes
    const joined = joinAxis(all.slice(0, parts) as Tensor4D[], 3)
    const kernel = all[parts] as Tensor4D
    const bias = all[parts + 1]
    const y =
      (bias === undefined || kind === 'transposed' ? undefined : fusedConvolution(kind, [joined, kernel, bias], activation, stride)) ??
      oneByOne(joined, kernel, bias, { kind, stride, activation })
    if (parts > 1) joined.dispose()
    return y
  },
})

const ACTIVATIONS = { relu: 'Relu', relu6: 'Relu6' } as const

function oneByOne(x: Tensor4D, kernel: Tensor4D, bias: Tensor | undefined, options: Omit<OwnAttributes, 'parts'>): Tensor4D {
  const { kind, stride, activation } = options
  let y = kind === 'transposed' ? transposed(x, kernel, stride) : narrowed(kind, x, kernel, stride)
  const then = (name: string, inputs: Tensor[]): void => {
    const before = y
    y = execute(name, inputs, FLOAT)[0] as Tensor4D
    before.dispose()
  }
  if (bias !== undefined) then('BiasAdd', [y, bias])
  if (activation !== 'linear') then(ACTIVATIONS[activation], [y])
  return y
}

/** Up to so many filters the maps on the way are small enough. */
const FEW_FILTERS = 4

function transposed(x: Tensor4D, kernel: Tensor4D, stride: number): Tensor4D {
  const [height, width, filters] = kernel.shape
  const byPhases = height === 3 && width === 3 && stride === 2 && filters <= FEW_FILTERS && device() === 'cpu'
  return byPhases ? transposedByPhases(x, kernel) : enlarged(x, kernel, stride)
}

const GRADIENT: GradConfig = {
  kernelName: CONVOLUTION,
  saveAllInputs: true,
  outputsToSave: [true],
  gradFunc: (gradient, saved, attributes) => {
    const { kind, stride, parts: count, activation } = attributes as unknown as OwnAttributes
    const parts = saved.slice(0, count) as Tensor4D[]
    const kernel = saved[count] as Tensor4D
    const y = saved.at(-1)!
    const dy =
      activation === 'linear'
        ? (gradient as Tensor4D)
        : (execute(`${ACTIVATIONS[activation]}Grad`, [gradient as Tensor, y], FLOAT)[0] as Tensor4D)
    const wanted: Record<string, () => Tensor> = {
      [count]: () => kernelGradient(parts, dy, kernel, { kind, stride }),
      [count + 1]: () => execute('BiasAddGrad', [dy], FLOAT)[0]!,
    }
    let at = 0
    for (const [index, part] of parts.entries()) {
      const from = at
      at += part.shape[3]
      wanted[index] = () => {
        const own = count === 1 ? kernel : sliceAxis(kernel, kind === 'normal' ? 2 : 3, from, part.shape[3])
        if (kind === 'normal') return enlarged(dy, own, stride, part.shape)
        if (kind === 'transposed') return narrowed('normal', dy, own, stride)
        return gradientOf('DepthwiseConv2dNativeBackpropInput', [shapeOf(part.shape), own, dy], stride)
      }
    }
    return wanted
  },
}
tf.registerGradient(GRADIENT)

/** @param parts what the kernel went over @param dy gradient of what came out, before bias and activation */
function kernelGradient(parts: readonly Tensor4D[], dy: Tensor4D, kernel: Tensor4D, { kind, stride }: ConvolutionKind): Tensor4D {
  const [height, width, third, fourth] = kernel.shape
  switch (kind) {
    case 'depthwise':
      return gradientOf('DepthwiseConv2dNativeBackpropFilter', [parts[0]!, shapeOf(kernel.shape), dy], stride)
    case 'normal':
      return joinAxis(
        parts.map((part) => normalKernelGradient(part, dy, [height, width, part.shape[3], fourth], stride)),
        2,
      )
    case 'transposed':
      return joinAxis(transposedKernelGradients(parts, dy, [height, width, third], stride), 3)
  }
}

/** On a processor that of a kernel of one pixel is one product, a quarter faster than TensorFlow's own kernel for it. */
function normalKernelGradient(x: Tensor4D, dy: Tensor4D, shape: Tensor4D['shape'], stride: number): Tensor4D {
  const [height, width, channels, filters] = shape
  const pointwise = height === 1 && width === 1 && stride === 1 && device() === 'cpu'
  if (!pointwise) return gradientOf('Conv2DBackpropFilter', [x, shapeOf(shape), dy], stride)
  return tf.reshape(transposedProduct(tf.reshape(x, [-1, channels]), tf.reshape(dy, [-1, filters])), shape)
}

/** @param a [n, p] @param b [n, q] @returns [p, q] */
function transposedProduct(a: Tensor, b: Tensor): Tensor {
  return execute('MatMul', [a, b], { ...FLOAT, transpose_a: { bool: true }, transpose_b: { bool: false } })[0]!
}

/** From so many output channels the copied patches are small beside the product. */
const MANY_CHANNELS = 32

/**
 * On a processor the gradient of a wide kernel is one product of patches and input: where maps are small and channels
 * many, a third faster than TensorFlow's own kernel for it.
 */
function transposedKernelGradients(
  parts: readonly Tensor4D[],
  dy: Tensor4D,
  [height, width, filters]: readonly [number, number, number],
  stride: number,
): Tensor4D[] {
  if (filters < MANY_CHANNELS || device() !== 'cpu') {
    return parts.map((part) => gradientOf('Conv2DBackpropFilter', [dy, shapeOf([height, width, filters, part.shape[3]]), part], stride))
  }
  const patches = execute('ExtractImagePatches', [dy], {
    ...FLOAT,
    ksizes: { int: [1, height, width, 1] },
    strides: { int: [1, stride, stride, 1] },
    rates: { int: [1, 1, 1, 1] },
    padding: { text: 'SAME' },
  })[0]!
  const rows = tf.reshape(patches, [-1, height * width * filters])
  return parts.map((part) => {
    const channels = part.shape[3]
    return tf.reshape(transposedProduct(rows, tf.reshape(part, [-1, channels])), [height, width, filters, channels])
  })
}

function gradientOf(name: string, inputs: Tensor[], stride: number): Tensor4D {
  return execute(name, inputs, convolutionAttributes(stride))[0] as Tensor4D
}

function narrowed(kind: 'normal' | 'depthwise', x: Tensor4D, kernel: Tensor4D, stride: number): Tensor4D {
  return execute(kind === 'normal' ? 'Conv2D' : 'DepthwiseConv2dNative', [x, kernel], convolutionAttributes(stride))[0] as Tensor4D
}

/** @param shape of the result; by default as large as a transposed convolution makes it */
function enlarged(
  x: Tensor4D,
  kernel: Tensor4D,
  stride: number,
  shape: readonly number[] = [x.shape[0], x.shape[1] * stride, x.shape[2] * stride, kernel.shape[2]],
): Tensor4D {
  const size = shapeOf(shape)
  const y = gradientOf('Conv2DBackpropInput', [size, kernel, x], stride)
  size.dispose()
  return y
}

function shapeOf(shape: readonly number[]): Tensor {
  return tf.tensor1d([...shape], 'int32')
}

function joinAxis(parts: readonly Tensor4D[], axis: number): Tensor4D {
  return parts.length === 1 ? parts[0]! : tf.concat([...parts], axis)
}

function sliceAxis(x: Tensor4D, axis: number, begin: number, size: number): Tensor4D {
  return tf.slice(
    x,
    x.shape.map((_, each) => (each === axis ? begin : 0)),
    x.shape.map((whole, each) => (each === axis ? size : whole)),
  )
}
