import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describeFailure, SetupError } from './failure.mjs'
import { requireSpace } from './disk.mjs'
import { lock } from './lock.mjs'
import { cacheFolder, checkout } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './steps.mjs'
import { BINDING, BINDING_PACKAGE, bindingHash, compileBinding, findCompiler } from './tensorflow-binding.mjs'
import { downloadWheels } from './tensorflow-download.mjs'
import { chooseSource } from './tensorflow-source.mjs'
import { unzip } from './unzip.mjs'

const RECORD = 'complete.json'

/**
 * Makes `import '@tensorflow/tfjs-node-gpu'` work: libtensorflow from KARYON_TENSORFLOW_DIR or a pinned wheel, the
 * package's own binding compiled against it, both kept in the cache that clones share and linked into node_modules.
 * The folder in the cache is whole or absent: it is staged beside its place, tried, then renamed once, so that an
 * interrupted set-up starts over. A second call only looks at the links.
 * @returns {Promise<{ version: string, flavour: string, folder: string }>}
 */
export async function ensureTensorFlow() {
  if (!existsSync(join(BINDING_PACKAGE, 'package.json'))) {
    throw new SetupError('The npm packages are not installed.', 'Run `npm start`, or `npm ci` first.')
  }
  const source = await chooseSource()
  const folder = join(cacheFolder(), 'tensorflow', `${source.key}-${bindingHash()}`)
  if (!existsSync(join(folder, RECORD))) {
    await step('TensorFlow library and binding', async (progress) => {
      const release = await lock(folder, () => progress.progress('another Karyon is making it, waiting'))
      try {
        if (!existsSync(join(folder, RECORD))) await make(source, folder, progress)
        return `TensorFlow ${readRecord(folder).version} (${readRecord(folder).flavour})`
      } finally {
        await release()
      }
    })
  }
  link(folder)
  return { ...readRecord(folder), folder }
}

/** What is linked into node_modules now, or undefined. */
export function linkedTensorFlow() {
  try {
    const folder = join(readlinkSync(join(BINDING_PACKAGE, 'deps')), '..')
    return { ...readRecord(folder), folder }
  } catch {
    return undefined
  }
}

async function make(source, folder, progress) {
  try {
    await stageAndMove(source, folder, progress)
  } catch (error) {
    if (source.kind !== 'wheel' || describeFailure(error)?.exitStatus === 7) throw error
    progress.progress('the wheel was no way; trying the package’s own download (TensorFlow 2.9)')
    try {
      await ownDownload(folder)
    } catch {
      throw error // The first failure is the one to act on.
    }
  }
}

async function stageAndMove(source, folder, progress) {
  mkdirSync(join(folder, '..'), { recursive: true })
  const compiler = await findCompiler()
  const stage = stagingFolder(folder)
  try {
    const wheels = await placeLibrary(source, stage, progress)
    linkNames(join(stage, 'deps/lib'))
    progress.progress('compiling the binding')
    await compileBinding(compiler, stage)
    progress.progress('trying it')
    const version = await tryBinding(join(stage, BINDING))
    writeFileSync(join(stage, RECORD), `${JSON.stringify({ version, flavour: source.flavour, madeAt: new Date().toISOString() })}\n`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(stage, folder)
    for (const wheel of wheels) rmSync(wheel, { force: true })
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Library and headers below `stage/deps`. Returns the wheels that are no longer needed once all is made. */
async function placeLibrary(source, stage, progress) {
  const libraries = join(stage, 'deps/lib')
  mkdirSync(libraries, { recursive: true })
  if (source.kind === 'folder') {
    symlinkSync(source.include, join(stage, 'deps/include'))
    for (const path of source.libraries) symlinkSync(path, join(libraries, basename(path)))
    return []
  }
  const bytes = source.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0)
  // The wheels and what is taken out of them lie there together for a while; libtensorflow unpacks to 3.1 times.
  requireSpace(stage, bytes * (source.flavour === 'gpu' ? 2.8 : 4.4), 'the TensorFlow library')
  const wheels = await downloadWheels(source.wheels, join(cacheFolder(), 'wheels'), (done, total) => progress.bytes(done, total))
  for (const wheel of wheels) {
    await unzip(wheel, placeInWheel, join(stage, 'deps'), (done, total) =>
      progress.progress(`unpacking ${Math.round((100 * done) / total)}%`),
    )
  }
  return wheels
}

const HEADERS = [
  /^tensorflow\/c\//,
  /^tensorflow\/core\/platform\/ctstring/,
  /^xla\/tsl\/c\//,
  /^tsl\/platform\/ctstring/,
  /^tensorflow\/(compiler\/xla\/)?tsl\//,
]

/**
 * A new folder to work in, after removing those of interrupted set-ups. Its name is this process's own: the compiler of
 * a killed set-up may still be writing into the old one.
 */
function stagingFolder(folder) {
  const parent = join(folder, '..')
  for (const left of readdirSync(parent)) {
    if (left.startsWith(`${basename(folder)}.partial`)) rmSync(join(parent, left), { recursive: true, force: true })
  }
  return `${folder}.partial-${process.pid}`
}

/** The two libraries, the C headers and, for GPUs, the CUDA libraries where libtensorflow looks for them (../nvidia). */
export function placeInWheel(name) {
  const library = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(name)
  if (library) return `lib/${library[1]}`
  const header = /^tensorflow\/include\/(.*\.h)$/.exec(name)
  if (header) return HEADERS.some((pattern) => pattern.test(header[1])) ? `include/${header[1]}` : undefined
  if (/^nvidia\/.*(\.so(\.\d+)*|\/bin\/[^/]+|\.bc)$/.test(name)) return name
  return undefined
}

/** The linker asks for libtensorflow.so; the files carry versions. */
function linkNames(folder) {
  const files = readdirSync(folder)
  const main = files.find((name) => name === 'libtensorflow_cc.so.2') ?? 'libtensorflow.so.2'
  symlinkSync(main, join(folder, 'libtensorflow.so'))
  symlinkSync('libtensorflow_framework.so.2', join(folder, 'libtensorflow_framework.so'))
}

/** Loads the binding in a process of its own: a broken library must not take the set-up down with it. */
export async function tryBinding(path) {
  const script = 'const b = require(process.argv[1]); process.stdout.write(`\\nversion=${b.TF_Version}\\n`)'
  const output = await runCommand(process.execPath, ['-e', script, path], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } })
  const version = /^version=(.+)$/m.exec(output)?.[1]
  if (version === undefined) throw new SetupError(`The TensorFlow binding ${path} loads, but tells no version.`)
  return version
}

/** The package's install script: TensorFlow 2.9 and a ready-made binding, from a host that many networks block. */
async function ownDownload(folder) {
  unlink()
  await runCommand(process.execPath, ['scripts/install.js', 'cpu', 'download'], {
    cwd: BINDING_PACKAGE,
    env: { ...process.env, PATH: `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}` },
  })
  const version = await tryBinding(join(BINDING_PACKAGE, BINDING))
  const stage = stagingFolder(folder)
  mkdirSync(stage, { recursive: true })
  for (const name of ['deps', 'lib']) {
    await runCommand('cp', ['-a', join(BINDING_PACKAGE, name), join(stage, name)])
    rmSync(join(BINDING_PACKAGE, name), { recursive: true, force: true })
  }
  writeFileSync(join(stage, RECORD), `${JSON.stringify({ version, flavour: 'cpu', madeAt: new Date().toISOString() })}\n`)
  renameSync(stage, folder)
}

/** `deps` and `lib` of the package become links into the cache; dist/index.js then finds its binding as published. */
function link(folder) {
  for (const name of ['deps', 'lib']) {
    const place = join(BINDING_PACKAGE, name)
    const target = join(folder, name)
    const state = lstatSync(place, { throwIfNoEntry: false })
    if (state?.isSymbolicLink() && readlinkSync(place) === target) continue
    if (state !== undefined && !state.isSymbolicLink()) rmSync(place, { recursive: true, force: true })
    const fresh = `${place}.${process.pid}`
    symlinkSync(target, fresh)
    renameSync(fresh, place)
  }
}

function unlink() {
  for (const name of ['deps', 'lib']) rmSync(join(BINDING_PACKAGE, name), { recursive: true, force: true })
}

function readRecord(folder) {
  return JSON.parse(readFileSync(join(folder, RECORD), 'utf8'))
}

if (process.argv[1] === import.meta.filename) {
  const { reportFailure } = await import('./failure.mjs')
  try {
    const made = await ensureTensorFlow()
    process.stdout.write(`TensorFlow ${made.version} (${made.flavour}) in ${made.folder}\n`)
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
}
