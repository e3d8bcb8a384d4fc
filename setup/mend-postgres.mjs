import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { checkout } from './paths.mjs'

const FILES = ['node_modules/postgres/src/connection.js', 'node_modules/postgres/cjs/src/connection.js']
const BEFORE = `  function execute(q) {
    if (terminated)`
const AFTER = `  function execute(q) {
    if (socket === null)
      return queryError(q, Errors.connection('CONNECTION_CLOSED', options)), true
    if (terminated)`

/**
 * postgres.js 3.4.9 ends the whole process when a connection breaks inside a transaction: it sends the rollback to a socket
 * that is gone, from a timer that nobody can catch. A query on a closed connection is refused instead, so that training
 * goes on while the database is away. Does nothing where it is done already; each file is small and written at once.
 */
export function mendPostgres() {
  for (const name of FILES) {
    const path = join(checkout, name)
    const source = readFileSync(path, 'utf8')
    if (source.includes(AFTER)) continue
    if (!source.includes(BEFORE)) {
      throw new SetupError(
        `${name} is not the one that setup/mend-postgres.mjs knows.`,
        'After an update of the package postgres: see whether a broken connection still ends the process, and drop or adapt that file.',
      )
    }
    writeFileSync(path, source.replace(BEFORE, AFTER))
  }
}
