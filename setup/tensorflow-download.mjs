import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SetupError } from './failure.mjs'
import { findProgram, runCommand } from './run-command.mjs'

// manylinux tags from the newest that the wheels use to the oldest; the interpreter's own version does not matter.
const PLATFORMS = [
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
  'manylinux_2_12_x86_64',
  'manylinux2010_x86_64',
  'manylinux1_x86_64',
]

/** pip, however it is called here, e.g. `['python3', '-m', 'pip']`. */
export async function findPip() {
  return findProgram([['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']], ['--version'])
}

/**
 * Downloads wheels by pip, each checked against its pinned checksum, into `folder`. A wheel is there whole or not at
 * all: pip works in a folder beside it, and one rename puts the file in its place.
 * @param {import('./tensorflow-source.mjs').Wheel[]} wheels
 * @param {string} folder
 * @param {(done: number, total: number) => void} onBytes
 * @returns {Promise<string[]>} the paths of the wheels, in order
 */
export async function downloadWheels(wheels, folder, onBytes) {
  const total = wheels.reduce((sum, wheel) => sum + wheel.bytes, 0)
  const paths = wheels.map((wheel) => join(folder, `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 12)}.whl`))
  mkdirSync(folder, { recursive: true })
  let done = 0
  for (const [index, wheel] of wheels.entries()) {
    if (!(existsSync(paths[index]) && (await sha256(paths[index])) === wheel.sha256)) {
      await downloadWheel(wheel, paths[index], (bytes) => onBytes(Math.min(done + bytes, total), total))
    }
    done += wheel.bytes
    onBytes(done, total)
  }
  return paths
}

async function downloadWheel(wheel, path, onBytes) {
  const pip = await findPip()
  if (pip === undefined) {
    throw new SetupError(
      'pip is missing: Karyon downloads the TensorFlow library with it.',
      'Install it (`apt-get install python3-pip`), or set KARYON_TENSORFLOW_DIR to an unpacked TensorFlow.',
    )
  }
  // A name of this process's own: the pip of a killed set-up may still be writing into the old one.
  const stage = `${path}.partial-${process.pid}`
  for (const left of readdirSync(dirname(path))) {
    if (left.startsWith(`${basename(path)}.partial`)) rmSync(join(dirname(path), left), { recursive: true, force: true })
  }
  mkdirSync(join(stage, 'tmp'), { recursive: true })
  writeFileSync(join(stage, 'requirements.txt'), `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`)
  // pip shows no progress to a pipe, but what it has received lies in its temporary folder.
  const watch = setInterval(() => onBytes(folderSize(stage)), 500)
  try {
    const [program, ...first] = pip.command
    await runCommand(
      program,
      [
        ...first,
        'download',
        '--no-deps',
        '--require-hashes',
        '--only-binary=:all:',
        '--python-version',
        '3.11',
        ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
        '--no-cache-dir',
        '--disable-pip-version-check',
        '--dest',
        join(stage, 'wheel'),
        '--requirement',
        join(stage, 'requirements.txt'),
      ],
      {
        env: { ...process.env, TMPDIR: join(stage, 'tmp') },
        fix: `Is the Python package index within reach? Behind a proxy set HTTPS_PROXY; with an own index PIP_INDEX_URL; or set KARYON_TENSORFLOW_DIR to an unpacked ${wheel.name} ${wheel.version}.`,
      },
    )
    const [file] = readdirSync(join(stage, 'wheel'))
    renameSync(join(stage, 'wheel', file), path)
  } finally {
    clearInterval(watch)
    rmSync(stage, { recursive: true, force: true })
  }
}

async function sha256(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

function folderSize(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0)
  } catch {
    return 0 // pip renamed or removed something between the two calls
  }
}
