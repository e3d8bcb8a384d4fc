import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from '../../setup/paths.mjs'
import { ensureTensorFlow } from '../../setup/tensorflow.mjs'

/** Before any test: TensorFlow's binding, so that `npx vitest run FILE` works in a clone that was never started. */
export default async function setup(): Promise<void> {
  // Fewer lines from the library in the test report; read by the native code when it is loaded.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  if (!existsSync(join(checkout, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'))) await ensureTensorFlow()
}
