import './check-node.mjs'

const { existsSync } = await import('node:fs')
const { join } = await import('node:path')
const { dependenciesMissing, npmCommand } = await import('./dependencies.mjs')
const { freeBytes } = await import('./disk.mjs')
const { buildIsFresh } = await import('./next-build.mjs')
const { resolveOptions } = await import('./options.mjs')
const { dashboardAnswers, dashboardUrl, modelServerAnswers } = await import('./parts.mjs')
const { cacheFolder, checkout, setting } = await import('./paths.mjs')
const { isPortFree, whoListens } = await import('./ports.mjs')
const { checkConnection, runningPostgres } = await import('./postgres.mjs')
const { databaseUrl } = await import('./postgres-init.mjs')
const { readRecord } = await import('./run-records.mjs')
const { findProgram } = await import('./run-command.mjs')
const { formatBytes } = await import('./steps.mjs')
const { findCompiler } = await import('./tensorflow-binding.mjs')
const { linkedTensorFlow, tryBinding } = await import('./tensorflow.mjs')
const { findPip } = await import('./tensorflow-download.mjs')
const { listGpus } = await import('./tensorflow-source.mjs')

const START = 'Run `npm start`.'
const WEIGHTS = ['mobilenet_v2_1.0_no_top', 'mobilenet_v2_0.35_no_top']

/**
 * Looks at everything Karyon needs, changes nothing.
 * @param {Partial<{ home: string, host: string, port: number, servePort: number }>} [given] else from the environment
 * @returns {Promise<{ name: string, ok: boolean, detail: string, fix?: string }[]>}
 */
export async function examine(given = {}) {
  const options = await runningOptions({ ...resolveOptions(), ...given })
  const url = databaseAddress(options.home)
  const checks = [
    ['Node', async () => good(`${process.versions.node}, ${process.platform} ${process.arch}`)],
    ['npm', checkNpm],
    ['C++ compiler', checkCompiler],
    ['pip', checkPip],
    ['Packages', async () => verdict(dependenciesMissing(), 'as in package-lock.json', START)],
    ['TensorFlow', checkTensorFlow],
    ['GPU', checkGpu],
    ['Pretrained weights', checkWeights],
    ['Disk', async () => checkDisk(options)],
    ['Dashboard build', async () => (buildIsFresh() ? good('up to date') : bad('not built from the present sources', START))],
    ['PostgreSQL', async () => checkDatabase(url)],
    ['Migrations', async () => checkMigrations(url)],
    ['Dashboard', async () => checkDashboard(options)],
    ['Trainer', async () => checkTrainer(url)],
    ['Model server', async () => checkModelServer(options)],
    ['Browser for tests', checkBrowser],
  ]
  const results = []
  for (const [name, check] of checks) {
    results.push({
      name,
      ...(await check().catch((error) => bad(error.message, error.fix ?? START))),
    })
  }
  return results
}

/** A Karyon that runs on this home may have been given other ports than the environment names. */
async function runningOptions(options) {
  const running = readRecord(options.home, 'launcher')
  if (running?.url === undefined) return options
  return { ...options, port: Number(new URL(running.url).port), servePort: Number(new URL(running.serveUrl).port) }
}

async function checkNpm() {
  const found = await findProgram([npmCommand(), ['npm']], ['--version'])
  return found === undefined ? bad('missing', 'Install it; it comes with Node from https://nodejs.org.') : good(found.output.split('\n')[0])
}

async function checkCompiler() {
  const command = await findCompiler()
  const version = await findProgram([[command]], ['--version'])
  return good(version?.output.split('\n')[0] ?? command)
}

async function checkPip() {
  const pip = await findPip()
  if (pip !== undefined) return good(pip.output.replace(/ from .*/, ''))
  if (linkedTensorFlow() !== undefined) return good('missing, and no longer needed: TensorFlow is made')
  return bad('missing', 'Install it, e.g. `apt-get install python3-pip`, or set KARYON_TENSORFLOW_DIR.')
}

async function checkTensorFlow() {
  const binding = join(checkout, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node')
  if (!existsSync(binding)) return bad('not made yet', START)
  const version = await tryBinding(binding)
  const linked = linkedTensorFlow()
  return good(`${version}${linked === undefined ? '' : ` (${linked.flavour}), in ${linked.folder}`}`)
}

async function checkGpu() {
  const gpus = await listGpus()
  const device = setting('KARYON_DEVICE') ?? 'auto'
  if (gpus.length > 0) {
    const flavour = linkedTensorFlow()?.flavour
    return flavour === 'cpu' && device !== 'cpu'
      ? bad(`${gpus.join('; ')}, but TensorFlow was made for the CPU`, 'Run `npm start`: it fetches the GPU library.')
      : good(gpus.join('; '))
  }
  return device === 'gpu'
    ? bad('`nvidia-smi -L` lists none, and KARYON_DEVICE is gpu', 'Install the NVIDIA driver, or set KARYON_DEVICE=auto.')
    : good('none; trains on the CPU')
}

/** What networks/pretrained.ts would read: a folder someone fills holds manifests, the cache lists the checksums of what it downloaded. */
export async function checkWeights() {
  const given = setting('KARYON_PRETRAINED_DIR')
  const folder = given ?? join(cacheFolder(), 'weights')
  const sign = given === undefined ? 'checksums.json' : 'weights_manifest.json'
  const present = WEIGHTS.filter((name) => existsSync(join(folder, name, sign)))
  if (present.length > 0) return good(`${present.join(', ')} in ${folder}`)
  return given === undefined
    ? good('not downloaded yet; the first run with `pretrained: imagenet` does')
    : bad(`none in ${folder} (KARYON_PRETRAINED_DIR)`, `It must hold ${WEIGHTS.join(' or ')} with ${sign}. Correct or unset it.`)
}

async function checkDisk({ home }) {
  const places = [...new Set([home, cacheFolder()])].map((folder) => ({ folder, free: freeBytes(folder) }))
  const detail = places.map(({ folder, free }) => `${formatBytes(free)} free for ${folder}`).join(', ')
  return places.every(({ free }) => free > 2e9)
    ? good(detail)
    : bad(detail, 'Free some space, or set KARYON_HOME and KARYON_CACHE to folders on a larger disk.')
}

function databaseAddress(home) {
  const own = setting('DATABASE_URL')
  if (own !== undefined) return own
  const running = runningPostgres(home)
  return running?.ready ? databaseUrl(home, running.port) : undefined
}

async function checkDatabase(url) {
  if (url === undefined) return bad('not running', START)
  await checkConnection(url)
  const { host, pathname } = new URL(url)
  return good(`${setting('DATABASE_URL') === undefined ? 'Karyon’s own' : 'DATABASE_URL'}, ${host}${pathname}`)
}

async function checkMigrations(url) {
  if (url === undefined) return bad('the database is not running', START)
  const { migrationStatus } = await import('./migrate.mjs')
  const { applied, missing } = await migrationStatus(url)
  return missing.length === 0 ? good(`${applied.length} applied`) : bad(`${missing.join(', ')} not applied`, START)
}

async function checkDashboard(options) {
  const url = dashboardUrl(options)
  if (await dashboardAnswers(options)) return good(url)
  return bad(await portState(options.port, options.host), START)
}

async function checkModelServer(options) {
  if (await modelServerAnswers(options)) return good(`http://127.0.0.1:${options.servePort}`)
  return bad(await portState(options.servePort, '127.0.0.1'), START)
}

async function portState(port, host) {
  if (await isPortFree(port, host)) return `nothing answers on port ${port}`
  return `port ${port} is in use by ${whoListens(port) ?? 'another program'}, which does not answer as Karyon`
}

async function checkTrainer(url) {
  if (url === undefined) return bad('the database is not running', START)
  const { default: postgres } = await import('postgres')
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    const rows = await sql`select name, host, slots, device from trainer where beat_at > now() - interval '20 seconds' order by name`
    const list = rows.map(({ name, slots, device }) => `${name}: ${slots} slot${slots === 1 ? '' : 's'} on ${device}`)
    return rows.length > 0
      ? good(list.join('; '))
      : bad('none beats', `${START} Or, on another machine with the same DATABASE_URL, \`npx karyon trainer\`.`)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function checkBrowser() {
  const { browserState } = await import('./browser.mjs')
  return good(browserState() ?? 'not unpacked; `npm test` does that')
}

const good = (detail) => ({ ok: true, detail })
const bad = (detail, fix) => ({ ok: false, detail, fix })
const verdict = (problem, fine, fix) => (problem === undefined ? good(fine) : bad(problem, fix))

/** For people: one line a check, and what to do below what is not well. */
export function formatReport(results) {
  const width = Math.max(...results.map(({ name }) => name.length))
  return results
    .flatMap(({ name, ok, detail, fix }) => [
      `${ok ? '✓' : '✗'} ${name.padEnd(width)}  ${detail}`,
      ...(ok || !fix ? [] : [`  ${' '.repeat(width)}  ${fix}`]),
    ])
    .join('\n')
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  const unknown = args.find((arg) => !['--json', '--help', '-h'].includes(arg))
  if (unknown !== undefined || args.includes('--help') || args.includes('-h')) {
    if (unknown !== undefined) process.stderr.write(`Unknown option ${unknown}.\n`)
    process.stdout.write(
      'Usage: karyon doctor [--json]\n\nLooks at everything Karyon needs and says what to do about what does not work. Changes nothing.\n',
    )
    return unknown === undefined ? 0 : 2
  }
  const results = await examine()
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(results, null, 2)}\n` : `${formatReport(results)}\n`)
  return results.every(({ ok }) => ok) ? 0 : 1
}
