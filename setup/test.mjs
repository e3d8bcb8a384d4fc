import './check-node.mjs'

// `npm test`: gets what the tests need, then runs them. What follows `--` goes to vitest, e.g. a folder or a name.
const { readdirSync } = await import('node:fs')
const { spawn } = await import('node:child_process')
const { join } = await import('node:path')
const { ensureBrowser } = await import('./browser.mjs')
const { reportFailure } = await import('./failure.mjs')
const { checkout } = await import('./paths.mjs')
const { prepare } = await import('./prepare.mjs')

const args = process.argv.slice(2)
const onlyPrepare = args.includes('--prepare-only')

try {
  const withBrowser = wantsBrowser()
  await prepare({ build: withBrowser })
  if (withBrowser) await ensureBrowser()
  if (!onlyPrepare) process.exitCode = await runTests()
} catch (error) {
  process.exitCode = reportFailure(error)
}

/** Paths that name only other tests spare the build and the browser. */
function wantsBrowser() {
  if (!readdirSync(join(checkout, 'test/e2e')).some((name) => name.endsWith('.test.ts'))) return false
  const paths = args.filter((arg) => arg.startsWith('test/'))
  return paths.length === 0 || paths.some((path) => path.startsWith('test/e2e'))
}

function runTests() {
  const child = spawn(process.execPath, [join(checkout, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
    cwd: checkout,
    stdio: 'inherit',
  })
  // Ctrl-C reaches vitest as well; it ends its workers, and we wait for it.
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name))
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal === null ? code : 130)))
}
