import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from './dependencies.mjs'
import { SetupError } from './failure.mjs'
import { checkout } from './paths.mjs'
import { findProgram } from './run-command.mjs'
import { findCompiler } from './tensorflow-binding.mjs'
import { findPip } from './tensorflow-download.mjs'
import { setting } from './paths.mjs'

/** What a first set-up needs, asked for before the first download rather than after it. */
export async function preflight() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `Karyon runs on Linux x86-64; this is ${process.platform} ${process.arch}.`,
      'On Windows use WSL2; on other machines a Linux x86-64 container.',
    )
  }
  // Once it is linked, neither compiler nor pip is needed again.
  if (existsSync(join(checkout, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'))) return
  if ((await findProgram([npmCommand()], ['--version'])) === undefined) {
    throw new SetupError('npm is missing.', 'Install it; it comes with Node from https://nodejs.org (Debian: `apt-get install npm`).')
  }
  await findCompiler()
  if (setting('KARYON_TENSORFLOW_DIR') === undefined && (await findPip()) === undefined) {
    throw new SetupError(
      'pip is missing: Karyon downloads the TensorFlow library with it.',
      'Install it, e.g. `apt-get install python3-pip`, or set KARYON_TENSORFLOW_DIR to an unpacked TensorFlow.',
    )
  }
}
