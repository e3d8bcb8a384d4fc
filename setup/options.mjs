import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SetupError } from './failure.mjs'
import { homeFolder, setting } from './paths.mjs'

const USAGE = `Usage: npm start [-- --port PORT] [--home DIR] [--host ADDRESS]

  --port PORT      where the dashboard listens (PORT, else 3000)
  --home DIR       where database, images and models are kept (KARYON_HOME, else .karyon in this folder)
  --host ADDRESS   which address it listens on (HOST, else 127.0.0.1); others than this machine need KARYON_TOKEN
`
const FLAGS = { port: { type: 'string' }, home: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean', short: 'h' } }

/**
 * The options of `npm start`, over the environment.
 * @returns {{ home: string, host: string, port: number, servePort: number, token: string | undefined } | 'help'}
 */
export function readOptions(argv) {
  let values
  try {
    values = parseArgs({ args: argv, options: FLAGS, strict: true }).values
  } catch (error) {
    throw new SetupError(error.message, USAGE, { exitStatus: 2 })
  }
  if (values.help) {
    process.stdout.write(USAGE)
    return 'help'
  }
  return resolveOptions(values)
}

/** Takes `--port`, `--home` and `--host` out of another command's arguments. */
export function takeOptions(argv) {
  const taken = {}
  const rest = []
  for (let i = 0; i < argv.length; i++) {
    const match = /^--(port|home|host)(?:=(.*))?$/.exec(argv[i])
    if (match === null) rest.push(argv[i])
    else taken[match[1]] = match[2] ?? argv[++i]
  }
  return { taken, rest }
}

/** @param {{ port?: string, home?: string, host?: string }} values */
export function resolveOptions(values = {}) {
  const database = setting('DATABASE_URL')
  if (database !== undefined && !(/^postgres(ql)?:\/\//.test(database) && URL.canParse(database))) {
    throw new SetupError(
      'DATABASE_URL is no address of a PostgreSQL.',
      'It must read postgresql://USER:PASSWORD@HOST:PORT/DATABASE; unset, Karyon runs a PostgreSQL of its own.',
      {
        exitStatus: 2,
      },
    )
  }
  const artifacts = setting('KARYON_ARTIFACTS')
  if (artifacts !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(artifacts)) {
    throw new SetupError(
      `KARYON_ARTIFACTS is ${artifacts}, and this version stores artifacts in a folder only.`,
      'Name a folder, e.g. one on a file system that all machines mount; unset, it is `artifacts` under KARYON_HOME.',
      { exitStatus: 2 },
    )
  }
  const host = values.host ?? setting('HOST') ?? '127.0.0.1'
  const token = setting('KARYON_TOKEN')
  if (!isLoopback(host) && token === undefined) {
    throw new SetupError(
      `HOST is ${host}, which others can reach, and no KARYON_TOKEN is set.`,
      'Set KARYON_TOKEN to a secret of your choice, or HOST=127.0.0.1.',
      { exitStatus: 2 },
    )
  }
  const port = portNumber(values.port ?? setting('PORT') ?? '3000', values.port === undefined ? 'PORT' : '--port')
  // Beside a Karyon on 3000 and 3001, `--port 4000` must not ask for 3001 again.
  const servePort = portNumber(setting('SERVE_PORT') ?? String(port === 65_535 ? port - 1 : port + 1), 'SERVE_PORT')
  if (servePort === port)
    throw new SetupError(`SERVE_PORT and PORT are both ${port}.`, 'Give the model server another port.', { exitStatus: 2 })
  return { home: values.home === undefined ? homeFolder() : resolve(values.home), host, port, servePort, token }
}

export function isLoopback(host) {
  return host === '127.0.0.1' || host === 'localhost' || host === '::1'
}

function portNumber(text, name) {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new SetupError(`${name} is ${text}, which is no port.`, 'It must be a number from 1 to 65535.', { exitStatus: 2 })
  return port
}
