import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireSpace } from './disk.mjs'
import { lock } from './lock.mjs'
import { checkout } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './steps.mjs'

const OUTPUT = join(checkout, '.next')
const STAMP = join(OUTPUT, 'karyon-inputs')
// What may end up in the dashboard's bundles. Folders are read whole.
const INPUTS = [
  'app',
  'core',
  'model-registry',
  'public',
  'prisma/schema.prisma',
  'proxy.ts',
  'instrumentation.ts',
  'next.config.js',
  'next.config.mjs',
  'next.config.ts',
  'postcss.config.mjs',
  'postcss.config.js',
  'tsconfig.json',
  'package-lock.json',
]

/** Builds the dashboard when what it is made of has changed. The stamp is written last: no stamp, no build. */
export async function ensureBuild() {
  if (buildIsFresh()) return
  const release = await lock(OUTPUT)
  try {
    if (buildIsFresh()) return
    await step('Dashboard', async (progress) => {
      requireSpace(checkout, 1e9, 'the dashboard’s build')
      progress.progress('building, a minute or two')
      const want = fingerprint()
      rmSync(STAMP, { force: true })
      await runCommand(process.execPath, [join(checkout, 'node_modules/next/dist/bin/next'), 'build'], {
        cwd: checkout,
        env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', CI: '1' },
      })
      writeFileSync(`${STAMP}.new`, want)
      renameSync(`${STAMP}.new`, STAMP)
      return 'built'
    })
  } finally {
    await release()
  }
}

export function buildIsFresh() {
  return existsSync(join(OUTPUT, 'BUILD_ID')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint()
}

function fingerprint() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0])
  for (const input of INPUTS) {
    for (const path of filesBelow(join(checkout, input))) {
      if (path.startsWith(join(checkout, 'core/generated'))) continue // made from the schema, which counts
      hash.update(path.slice(checkout.length)).update(readFileSync(path))
    }
  }
  return hash.digest('hex')
}

function filesBelow(path) {
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort()
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    if (error.code === 'ENOENT') return []
    throw error
  }
}
