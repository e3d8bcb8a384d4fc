import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requireSpace } from './disk.mjs'
import { SetupError } from './failure.mjs'
import { lock } from './lock.mjs'
import { mendPostgres } from './mend-postgres.mjs'
import { checkout } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './steps.mjs'

/** npm's own script when npm started us (the same npm then installs), else `npm` from the PATH. */
export function npmCommand() {
  const script = process.env.npm_execpath
  return script !== undefined && script.endsWith('npm-cli.js') && existsSync(script) ? [process.execPath, script] : ['npm']
}

/**
 * Installs the npm packages exactly as the lock file names them, unless they are there. npm writes
 * node_modules/.package-lock.json last, so its content tells a whole installation from an interrupted one.
 */
export async function ensureDependencies() {
  if (dependenciesMissing() !== undefined) await install()
  mendPostgres()
}

async function install() {
  const release = await lock(`packages of ${checkout}`)
  try {
    const missing = dependenciesMissing()
    if (missing === undefined) return
    await step('npm packages', async (progress) => {
      requireSpace(checkout, 1.5e9, 'the npm packages')
      const names = Object.entries(readLock('package-lock.json'))
        .filter(([name, entry]) => name !== '' && isForHere(entry))
        .map(([name]) => name)
      const count = () => names.filter((name) => existsSync(join(checkout, name, 'package.json'))).length
      progress.progress(`0 of ${names.length}`)
      const watch = setInterval(() => progress.progress(`${count()} of ${names.length}`), 1000)
      try {
        const [program, ...first] = npmCommand()
        await runCommand(program, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
          cwd: checkout,
          // npm and node of the same release stand beside each other; scripts find them so.
          env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NODE_ENV: 'development' },
          fix: 'Is the npm registry within reach (`npm ping`)? Behind a proxy set HTTPS_PROXY. Then run the same command again.',
        })
      } finally {
        clearInterval(watch)
      }
      const still = dependenciesMissing()
      if (still !== undefined)
        throw new SetupError(`npm ended well, yet ${still}.`, 'Remove node_modules, then run the same command again.')
      return `${names.length}`
    })
  } finally {
    await release()
  }
}

/**
 * What keeps the installed packages from being those of the lock file, in words; undefined when they are.
 * Left out here without harm: optional packages for other systems.
 */
export function dependenciesMissing() {
  const want = readLock('package-lock.json')
  const have = readLock('node_modules/.package-lock.json')
  if (have === undefined) return 'no packages are installed'
  for (const [name, entry] of Object.entries(want)) {
    if (name === '') continue
    const installed = have[name]
    if (installed === undefined) {
      if (!entry.optional) return `${name} is not installed`
    } else if (installed.version !== entry.version || installed.integrity !== entry.integrity) {
      return `${name} is installed in another version`
    }
  }
  return undefined
}

function isForHere({ os = ['linux'], cpu = ['x64'], libc = ['glibc'] }) {
  return os.includes('linux') && cpu.includes('x64') && libc.includes('glibc')
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(checkout, path), 'utf8')).packages
  } catch (cause) {
    if (path !== 'package-lock.json') return undefined
    throw new SetupError(`${path} cannot be read: ${cause.message}`, 'Restore it: `git checkout package-lock.json`.', { cause })
  }
}
