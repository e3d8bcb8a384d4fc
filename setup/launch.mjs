import { Karyon, requirePorts, takeHome } from './bring-up.mjs'
import { setting } from './paths.mjs'
import { prepare } from './prepare.mjs'
import { reapLeftovers } from './run-records.mjs'

/**
 * `npm start`: everything that is needed, then everything that runs, until Ctrl-C. With `work`, that is done once all
 * is ready; when it returns a number, Karyon stops and that is the exit status, else it goes on running.
 * @param {{ home: string, host: string, port: number, servePort: number, token: string | undefined }} options
 * @param {(karyon: { url: string }, signal: AbortSignal) => Promise<number | undefined>} [work]
 * @returns {Promise<number>} the exit status
 */
export async function run(options, work) {
  const release = await takeHome(options.home)
  const karyon = new Karyon(options, (line) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`))
  const { signal, preparing } = listen(karyon)
  try {
    const left = await reapLeftovers(options.home)
    if (left.length > 0) process.stdout.write(`Ended what a killed Karyon had left: ${left.join(', ')}\n`)
    await requirePorts(options) // told before minutes of set-up, not after
    await prepare({ ownDatabase: setting('DATABASE_URL') })
    preparing.over = true
    await karyon.start()
    if (signal.aborted) return 130
    process.stdout.write(`Karyon is ready at ${karyon.url}\n`)
    const status = work === undefined ? undefined : await work(karyon, signal)
    if (status === undefined) await aborted(signal)
    return status ?? 0
  } finally {
    await karyon.stop()
    await release()
  }
}

/** The first signal ends all in order, the second without asking. */
function listen(karyon) {
  const interrupt = new AbortController()
  const preparing = { over: false }
  const onSignal = () => {
    // Nothing runs yet that must be ended in order; what downloads or compiles starts over the next time.
    if (!preparing.over) process.exit(130)
    if (interrupt.signal.aborted) return karyon.hurry()
    process.stdout.write('\nStopping ..\n')
    interrupt.abort()
    void karyon.stop()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, onSignal)
  return { signal: interrupt.signal, preparing }
}

function aborted(signal) {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', resolve, { once: true })))
}
