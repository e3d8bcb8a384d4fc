import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './run-command.mjs'

const USER = 'karyon'
export const DATABASE = 'karyon'

/** The database's password, made on first use, in a file of the home that only its owner reads. */
export function password(home) {
  const path = join(home, 'postgres/password')
  if (!existsSync(path)) writePrivately(path, `${randomBytes(24).toString('base64url')}\n`)
  return readFileSync(path, 'utf8').trim()
}

/** Rewrites a file in one step, readable by its owner alone. */
export function writePrivately(path, text) {
  const fresh = `${path}.new`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, path)
}

export function databaseUrl(home, port) {
  return `postgresql://${USER}:${password(home)}@127.0.0.1:${port}/${DATABASE}`
}

/**
 * The data folder, named by PostgreSQL's major version since another major cannot read it. Staged, then renamed, so
 * that an interrupted initdb leaves nothing that looks like a database.
 * @param {string} home
 * @param {import('./postgres-place.mjs').Place} place
 * @param {{ bin: string, major: string }} binaries
 * @returns {Promise<string>} the data folder
 */
export async function ensureData(home, place, { bin, major }) {
  const data = join(place.folder, `data-${major}`)
  if (existsSync(data)) return data
  const stage = `${data}.partial`
  const passwordFile = join(place.folder, 'initial-password')
  const as = { uid: place.uid, gid: place.gid, cwd: '/' }
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { mode: 0o700 })
  writePrivately(passwordFile, `${password(home)}\n`)
  if (place.uid !== undefined) {
    chownSync(stage, place.uid, place.gid)
    chownSync(passwordFile, place.uid, place.gid)
  }
  try {
    await runCommand(
      join(bin, 'initdb'),
      [
        '--pgdata',
        stage,
        '--username',
        USER,
        '--pwfile',
        passwordFile,
        '--auth',
        'scram-sha-256',
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--no-instructions',
      ],
      as,
    )
    await runCommand(join(bin, 'postgres'), ['--single', '-D', stage, 'postgres'], { ...as, input: `create database ${DATABASE}\n` })
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(stage, data)
  return data
}
