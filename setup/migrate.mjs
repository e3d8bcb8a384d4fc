import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { checkout } from './paths.mjs'

const FOLDER = join(checkout, 'prisma/migrations')
// Any number will do, as long as no other program locks it in this database.
const LOCK = 7_265_001

/**
 * The migrations of this checkout, in order: `prisma/migrations/NAME/migration.sql`.
 * @returns {{ name: string, sql: string, checksum: string }[]}
 */
export function readMigrations(folder = FOLDER) {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

/**
 * Applies what is missing, each migration in a transaction of its own with its record, so that a failed or interrupted
 * one leaves nothing; two at a time wait for each other.
 * @param {string} url
 * @param {{ folder?: string, onApply?: (name: string) => void }} [options]
 * @returns {Promise<string[]>} the names of those applied now
 * @throws SetupError for an applied migration that was edited, one this checkout does not know, or one that fails
 */
export async function migrate(url, { folder = FOLDER, onApply = () => {} } = {}) {
  const { default: postgres } = await import('postgres')
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'karyon migrate', TimeZone: 'UTC' } })
  try {
    await sql`select pg_advisory_lock(${LOCK})`
    await sql`create table if not exists karyon_migration (
      name text primary key, checksum text not null, applied_at timestamptz(3) not null default now())`
    const applied = new Map((await sql`select name, checksum from karyon_migration`).map((row) => [row.name, row.checksum]))
    const migrations = readMigrations(folder)
    verify(migrations, applied)
    const missing = migrations.filter(({ name }) => !applied.has(name))
    for (const migration of missing) {
      onApply(migration.name)
      await apply(sql, migration)
    }
    return missing.map(({ name }) => name)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/**
 * What `migrate` would do, without doing it.
 * @returns {Promise<{ applied: string[], missing: string[] }>}
 */
export async function migrationStatus(url, { folder = FOLDER } = {}) {
  const { default: postgres } = await import('postgres')
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    const [{ table }] = await sql`select to_regclass('karyon_migration')::text as table`
    const rows = table === null ? [] : await sql`select name, checksum from karyon_migration order by name`
    const applied = new Map(rows.map((row) => [row.name, row.checksum]))
    const migrations = readMigrations(folder)
    verify(migrations, applied)
    return { applied: [...applied.keys()], missing: migrations.map(({ name }) => name).filter((name) => !applied.has(name)) }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function verify(migrations, applied) {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new SetupError(
        `The database has the migration ${name}, which this checkout does not know: it was made by a newer Karyon.`,
        'Update the checkout, or set KARYON_HOME (or DATABASE_URL) to another database.',
      )
    }
    if (known.get(name) !== checksum) {
      throw new SetupError(
        `The migration ${name} was edited after it had been applied to this database.`,
        `Put prisma/migrations/${name} back as it was and write a new migration instead; or begin with an empty database (another KARYON_HOME).`,
      )
    }
  }
}

async function apply(sql, { name, sql: text, checksum }) {
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe(text).simple()
      await tx`insert into karyon_migration (name, checksum) values (${name}, ${checksum})`
    })
  } catch (cause) {
    const line = cause.position === undefined ? '' : ` (line ${text.slice(0, Number(cause.position)).split('\n').length})`
    throw new SetupError(`The migration ${name} failed${line}: ${cause.message}`, 'Nothing of it was kept.', { cause })
  }
}
