import './check-node.mjs'

// `npm run demo`: sets up and starts as `npm start` does, then lets cli/demo.ts walk the whole path through the API.
const { spawn } = await import('node:child_process')
const { join } = await import('node:path')
const { reportFailure } = await import('./failure.mjs')
const { run } = await import('./launch.mjs')
const { resolveOptions, takeOptions } = await import('./options.mjs')
const { checkout } = await import('./paths.mjs')
const { prepare } = await import('./prepare.mjs')
const { readRecord } = await import('./run-records.mjs')

try {
  const { taken, rest } = takeOptions(process.argv.slice(2))
  const options = resolveOptions(taken)
  process.exitCode = await demo(options, rest)
} catch (error) {
  process.exitCode = reportFailure(error)
}

async function demo(options, args) {
  if (args.includes('--help') || args.includes('-h')) {
    await prepare({ build: false })
    return runDemo(options, args)
  }
  const running = readRecord(options.home, 'launcher')
  if (running?.url !== undefined) {
    // Karyon already runs on this home: show it there, and leave it running.
    const there = { ...options, port: Number(new URL(running.url).port), servePort: Number(new URL(running.serveUrl).port) }
    return runDemo(there, args)
  }
  return run(options, async (karyon, signal) => {
    const status = await runDemo(options, args, signal)
    if (args.includes('--exit') || status !== 0) return status
    process.stdout.write(`Karyon goes on running at ${karyon.url}; end it with Ctrl-C.\n`)
    return undefined
  })
}

function runDemo({ home, host, port, servePort }, args, signal) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(checkout, 'cli/demo.ts'), ...args], {
    // Paths in the arguments are meant from where the person stands.
    stdio: 'inherit',
    env: { ...process.env, KARYON_HOME: home, HOST: host, PORT: String(port), SERVE_PORT: String(servePort) },
  })
  signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  return new Promise((resolve) => child.once('exit', (code, signalName) => resolve(signalName === null ? code : 130)))
}
