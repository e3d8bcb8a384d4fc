import type { GradConfig, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu'
import { execute } from './kernels.ts'
import { device, tf } from './tensorflow.ts'

export interface ConvolutionKind {
  kind: 'normal' | 'transposed'
  stride: number
}

/**
 * Convolution of maps joined by their channels, SAME padding as TensorFlow's. Every stage of a U-Net's decoder has two: what
 * was decoded so far, and a skip. The gradient is computed part by part and only where it is wanted: skips of a frozen
 * encoder want none, nor does the image, and they are the larger half of the channels.
 *
 * @param parts [batch, height, width, channels of the part], at least one
 * @param kernel normal [size, size, channels, filters]; transposed [size, size, filters, channels]
 * @returns [batch, height / stride, width / stride, filters]; transposed: times stride
 */
export function convolution(parts: readonly Tensor4D[], kernel: Tensor4D, options: ConvolutionKind): Tensor4D {
  return tf.engine().runKernel(JOINED, [...parts, kernel] as never, { ...options })
}

const JOINED = 'JoinedConvolution'
const FLOAT = { type: 'float32' } as const

tf.registerKernel({
  kernelName: JOINED,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const all = Object.values(inputs) as Tensor4D[]
    const { kind, stride } = attrs as unknown as ConvolutionKind
    const kernel = all.at(-1)!
    const joined = joinChannels(all.slice(0, -1))
    const y = kind === 'normal' ? narrowed(joined, kernel, stride) : enlarged(joined, kernel, stride)
    if (all.length > 2) joined.dispose()
    return y
  },
})

/** From so many output channels the copied patches are small beside the product. */
const MANY_CHANNELS = 32

const GRADIENT: GradConfig = {
  kernelName: JOINED,
  saveAllInputs: true,
  gradFunc: (gradient, saved, attributes) => {
    const dy = gradient as Tensor4D
    const { kind, stride } = attributes as unknown as ConvolutionKind
    const parts = saved.slice(0, -1) as Tensor4D[]
    const kernel = saved.at(-1) as Tensor4D
    const axis = kind === 'normal' ? 2 : 3
    let at = 0
    const wanted: Record<string, () => Tensor> = {}
    for (const [index, part] of parts.entries()) {
      const from = at
      at += part.shape[3]
      wanted[index] = () => {
        const own = parts.length === 1 ? kernel : sliceAxis(kernel, axis, from, part.shape[3])
        return kind === 'normal' ? enlarged(dy, own, stride, part.shape) : narrowed(dy, own, stride)
      }
    }
    const kernelGradient = kind === 'normal' ? normalKernelGradient : transposedKernelGradient
    wanted[parts.length] = () => joinAxis(kernelGradient(parts, dy, kernel.shape, stride), axis)
    return wanted
  },
}
tf.registerGradient(GRADIENT)

function normalKernelGradient(parts: readonly Tensor4D[], dy: Tensor4D, shape: Shape, stride: number): Tensor4D[] {
  return parts.map((part) => kernelGradient(part, dy, [shape[0], shape[1], part.shape[3], shape[3]], stride))
}

/**
 * On a processor the gradient of a wide kernel is one product of patches and input: where maps are small and channels
 * many, a third faster than TensorFlow's own kernel for it.
 */
function transposedKernelGradient(parts: readonly Tensor4D[], dy: Tensor4D, shape: Shape, stride: number): Tensor4D[] {
  const [height, width, filters] = shape
  if (filters < MANY_CHANNELS || device() !== 'cpu') {
    return parts.map((part) => kernelGradient(dy, part, [height, width, filters, part.shape[3]], stride))
  }
  const patches = execute('ExtractImagePatches', [dy], {
    T: FLOAT,
    ksizes: { int: [1, height, width, 1] },
    strides: { int: [1, stride, stride, 1] },
    rates: { int: [1, 1, 1, 1] },
    padding: { text: 'SAME' },
  })[0]!
  const rows = tf.reshape(patches, [-1, height * width * filters])
  const product = { T: FLOAT, transpose_a: { bool: true }, transpose_b: { bool: false } } as const
  return parts.map((part) => {
    const channels = part.shape[3]
    return tf.reshape(execute('MatMul', [rows, tf.reshape(part, [-1, channels])], product)[0]!, [height, width, filters, channels])
  })
}

type Shape = readonly [number, number, number, number]

function attributesOf(stride: number): Parameters<typeof execute>[2] {
  return {
    T: FLOAT,
    strides: { int: [1, stride, stride, 1] },
    padding: { text: 'SAME' },
    data_format: { text: 'NHWC' },
    dilations: { int: [1, 1, 1, 1] },
    use_cudnn_on_gpu: { bool: true },
  }
}

function narrowed(x: Tensor4D, kernel: Tensor4D, stride: number): Tensor4D {
  return execute('Conv2D', [x, kernel], attributesOf(stride))[0] as Tensor4D
}

/** @param shape of the result; by default as large as a transposed convolution makes it */
function enlarged(
  x: Tensor4D,
  kernel: Tensor4D,
  stride: number,
  shape: readonly number[] = [x.shape[0], x.shape[1] * stride, x.shape[2] * stride, kernel.shape[2]],
): Tensor4D {
  const size = tf.tensor1d([...shape], 'int32')
  const y = execute('Conv2DBackpropInput', [size, kernel, x], attributesOf(stride))[0] as Tensor4D
  size.dispose()
  return y
}

/** @param x what the kernel went over @param dy gradient of what came out */
function kernelGradient(x: Tensor4D, dy: Tensor4D, shape: Shape, stride: number): Tensor4D {
  return execute('Conv2DBackpropFilter', [x, tf.tensor1d([...shape], 'int32'), dy], attributesOf(stride))[0] as Tensor4D
}

function joinChannels(parts: readonly Tensor4D[]): Tensor4D {
  return joinAxis(parts, 3)
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
