import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import util from 'node:util'
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu'
import { env, setNativeEnvironment } from '../core/env.ts'
import { AppError } from '../core/errors.ts'

let threads = 1

/**
 * TensorFlow, loaded once, with its native backend. Importing this file loads a library of 800 MB: only networks, the
 * trainer's children and the model server's predictor do. Everything that computes blocks the process.
 * @throws AppError INTERNAL_ERROR (at import) when the native binding is missing or does not load.
 */
export const tf: typeof TensorFlow = load()

/** How many threads one operation is spread over. Results repeat bitwise only at the same count. */
export function threadCount(): number {
  return threads
}

/** `gpu` when operations run on a GPU. */
export function device(): 'cpu' | 'gpu' {
  return nativeBackend().binding.isUsingGpuDevice() ? 'gpu' : 'cpu'
}

/** The part of tfjs-node's backend that runs any TensorFlow operation by name. */
export interface NativeBackend {
  binding: {
    isUsingGpuDevice(): boolean
    TF_FLOAT: number
    TF_INT32: number
    TF_RESOURCE: number
    TF_ATTR_STRING: number
    TF_ATTR_INT: number
    TF_ATTR_FLOAT: number
    TF_ATTR_BOOL: number
    TF_ATTR_TYPE: number
    TF_ATTR_SHAPE: number
  }
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; type: number; value: unknown }[],
    inputs: TensorFlow.TensorInfo[],
    outputs: number,
  ): TensorFlow.Tensor[]
}

export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend
}

function load(): typeof TensorFlow {
  const asked = env().device
  const set = setNativeEnvironment({
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Read by TensorFlow itself; fixed here, so that a checkpoint can say under which count its run repeats bitwise.
    TF_NUM_INTRAOP_THREADS: String(availableParallelism()),
    TF_NUM_INTEROP_THREADS: '1',
    ...(asked === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  })
  threads = Number(set['TF_NUM_INTRAOP_THREADS'])
  restoreIsNullOrUndefined()
  let loaded: typeof TensorFlow
  try {
    loaded = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof TensorFlow
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new AppError(
      'INTERNAL_ERROR',
      `TensorFlow cannot be loaded (${reason}). \`npx karyon doctor\` says what is missing; \`npm start\` makes it again.`,
      { cause },
    )
  }
  // Checks of every operation's arguments that only matter while a network is being written.
  loaded.enableProdMode()
  const backend = loaded.backend() as unknown as NativeBackend
  if (asked === 'gpu' && !backend.binding.isUsingGpuDevice()) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      'KARYON_DEVICE is gpu, but TensorFlow finds none. `npx karyon doctor` says why; KARYON_DEVICE=auto uses the processor instead.',
    )
  }
  return loaded
}

/** tfjs-node 4.22 calls a function that Node 23 removed. */
function restoreIsNullOrUndefined(): void {
  const legacy = util as typeof util & { isNullOrUndefined?: (value: unknown) => boolean }
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined
}
