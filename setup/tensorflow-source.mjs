import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { setting } from './paths.mjs'
import { runCommand } from './run-command.mjs'

/** Pinned wheels: the CPU library, or the GPU library with the CUDA 12 libraries of its `and-cuda` extra. */
const WHEELS = JSON.parse(readFileSync(new URL('./tensorflow-wheels.json', import.meta.url), 'utf8'))
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/**
 * Where libtensorflow shall come from.
 * @typedef {{ kind: 'wheel', flavour: 'cpu' | 'gpu', version: string, key: string, wheels: Wheel[] }
 *   | { kind: 'folder', flavour: 'own', version: string, key: string, include: string, libraries: string[] }} Source
 * @typedef {{ name: string, version: string, sha256: string, bytes: number }} Wheel
 * @returns {Promise<Source>}
 */
export async function chooseSource() {
  const own = setting('KARYON_TENSORFLOW_DIR')
  if (own !== undefined) return ownFolder(own)
  const flavour = (await wantsGpu()) ? 'gpu' : 'cpu'
  const wheels = WHEELS[flavour]
  const hash = createHash('sha256')
  for (const wheel of wheels) hash.update(wheel.sha256)
  return {
    kind: 'wheel',
    flavour,
    version: wheels[0].version,
    key: `${wheels[0].version}-${flavour}-${hash.digest('hex').slice(0, 12)}`,
    wheels,
  }
}

/** `nvidia-smi -L` lists a GPU per line; it fails where the driver or the GPU is missing. */
export async function listGpus() {
  try {
    const output = await runCommand('nvidia-smi', ['-L'])
    return output.split('\n').filter((line) => line.startsWith('GPU '))
  } catch {
    return []
  }
}

async function wantsGpu() {
  const device = setting('KARYON_DEVICE') ?? 'auto'
  if (device === 'cpu') return false
  const gpus = await listGpus()
  if (device === 'gpu' && gpus.length === 0) {
    throw new SetupError('KARYON_DEVICE is gpu, but `nvidia-smi -L` lists no GPU.', 'Install the NVIDIA driver, or set KARYON_DEVICE=auto.')
  }
  return gpus.length > 0
}

/** An unpacked wheel (its `tensorflow/` folder) or an unpacked libtensorflow archive (`lib/` and `include/`). */
function ownFolder(given) {
  const fix =
    'It must be the `tensorflow` folder of an unpacked TensorFlow 2 wheel, or a libtensorflow archive with lib/ and include/. Correct or unset it.'
  if (!existsSync(given)) throw new SetupError(`KARYON_TENSORFLOW_DIR is ${given}, which does not exist.`, fix)
  const folder = realpathSync(given)
  const include = join(folder, 'include')
  const libraries = [LIBRARIES, ['libtensorflow.so.2', 'libtensorflow_framework.so.2']]
    .flatMap((names) => [folder, join(folder, 'lib')].map((at) => names.map((name) => join(at, name))))
    .find((paths) => paths.every((path) => existsSync(path)))
  if (libraries === undefined || !existsSync(join(include, 'tensorflow/c/c_api.h'))) {
    throw new SetupError(`KARYON_TENSORFLOW_DIR is ${given}, which holds no libtensorflow with its headers.`, fix)
  }
  const hash = createHash('sha256').update(folder)
  for (const path of libraries) hash.update(`${statSync(path).size} ${statSync(path).mtimeMs}`)
  return { kind: 'folder', flavour: 'own', version: 'own', key: `own-${hash.digest('hex').slice(0, 12)}`, include, libraries }
}
