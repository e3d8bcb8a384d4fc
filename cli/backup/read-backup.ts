import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { artifactStore } from '../../core/artifacts/index.ts'
import { env } from '../../core/env.ts'
import { AppError } from '../../core/errors.ts'
import { type Query, sql } from '../../core/sql.ts'
import { isArchive, tar } from './archive.ts'
import { type Backup, BACKUP_JSON, backupSchema, tableFile } from './format.ts'
import { appliedMigrations, tablesInOrder } from './tables.ts'

export interface RestoreOptions {
  /** Throws away what the database holds. */
  force: boolean
  report: (title: string, fraction: number, detail: string) => void
}

/** Rows in these come with an empty Karyon (the default experiment, a running trainer). */
const MAY_HAVE_ROWS = new Set(['experiment', 'trainer'])

/**
 * Puts a backup into the database and the artifact store of this Karyon. Files first, each checked; then all tables in
 * one transaction: an interrupted restore leaves the database as it was.
 * @throws AppError BAD_REQUEST for what is no backup or is damaged, RESOURCE_CONFLICT when the database is not empty or of
 *   another version
 */
export async function restoreBackup(from: string, { force, report }: RestoreOptions): Promise<Backup> {
  const path = resolve(from)
  const unpacked = isArchive(path) ? await unpack(path) : undefined
  try {
    const folder = unpacked ?? path
    const backup = await readManifest(folder, path)
    await requireSameSchema(backup)
    if (!force) await requireEmpty()
    await restoreFiles(backup, folder, report)
    await sql().begin(async (tx) => {
      if (!force) await requireEmpty(tx)
      await restoreTables(tx, backup, folder, report)
    })
    return backup
  } finally {
    if (unpacked !== undefined) await rm(unpacked, { recursive: true, force: true })
  }
}

async function unpack(archive: string): Promise<string> {
  if (
    !(await stat(archive).then(
      (found) => found.isFile(),
      () => false,
    ))
  )
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no file ${archive}.`)
  await mkdir(env().home, { recursive: true })
  const folder = await mkdtemp(join(env().home, 'restore-'))
  try {
    await tar(['-xf', archive, '-C', folder, '--no-same-owner'])
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function readManifest(folder: string, shown: string): Promise<Backup> {
  let text: string
  try {
    text = await readFile(join(folder, BACKUP_JSON), 'utf8')
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `${shown} is no backup: it has no ${BACKUP_JSON}. \`karyon backup DIR\` makes one.`, { cause })
  }
  try {
    return backupSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `${BACKUP_JSON} of ${shown} is damaged, or of a newer Karyon.`, { cause })
  }
}

async function requireSameSchema(backup: Backup): Promise<void> {
  const applied = new Map((await appliedMigrations(sql())).map(({ name, checksum }) => [name, checksum]))
  for (const { name, checksum } of backup.migrations) {
    if (applied.get(name) !== checksum) {
      throw new AppError(
        'RESOURCE_CONFLICT',
        `The backup was made by Karyon ${backup.karyon} with the migration ${name}, which this database ${applied.has(name) ? 'has in another form' : 'does not have'}. Restore it with that Karyon.`,
      )
    }
  }
}

async function requireEmpty(query: Query = sql()): Promise<void> {
  for (const { name } of await tablesInOrder(query)) {
    if (MAY_HAVE_ROWS.has(name)) continue
    const [row] = await query`select 1 from ${query(name)} limit 1`
    if (row !== undefined) {
      throw new AppError(
        'RESOURCE_CONFLICT',
        `This Karyon is not empty (${name} has rows). Restore into another home (KARYON_HOME), or throw away what is here with --force.`,
      )
    }
  }
}

async function restoreFiles(backup: Backup, folder: string, report: RestoreOptions['report']): Promise<void> {
  const store = artifactStore()
  for (const [n, { key, size, sha256 }] of backup.artifacts.entries()) {
    report('Files', n / backup.artifacts.length, `${n} of ${backup.artifacts.length}`)
    const path = join(folder, 'artifacts', key)
    const found = await stat(path).catch(() => undefined)
    if (found?.size !== size)
      throw new AppError(
        'BAD_REQUEST',
        `The backup is damaged: artifacts/${key} ${found === undefined ? 'is missing' : `has ${found.size} bytes instead of ${size}`}.`,
      )
    const stored = await store.putFile(key, path)
    if (stored.sha256 !== sha256)
      throw new AppError('BAD_REQUEST', `The backup is damaged: artifacts/${key} does not have the checksum that it had.`)
  }
}

async function restoreTables(tx: Query, backup: Backup, folder: string, report: RestoreOptions['report']): Promise<void> {
  const order = await tablesInOrder(tx)
  const inBackup = new Map(backup.tables.map((table) => [table.name, table]))
  await tx`truncate ${tx(order.map(({ name }) => name))}`
  for (const [n, { name }] of order.entries()) {
    const table = inBackup.get(name)
    // A table that came with a later migration.
    if (table === undefined) continue
    report('Tables', n / order.length, name)
    await pipeline(createReadStream(join(folder, tableFile(name))), await tx`copy ${tx(name)} (${tx(table.columns)}) from stdin`.writable())
    const [counted] = await tx<{ rows: number }[]>`select count(*) as rows from ${tx(name)}`
    if (counted?.rows !== table.rows)
      throw new AppError(
        'BAD_REQUEST',
        `The backup is damaged: ${tableFile(name)} has ${counted?.rows ?? 0} rows instead of ${table.rows}.`,
      )
  }
  await continueSequences(tx)
}

/** The next row gets the number after the greatest that was restored. */
async function continueSequences(tx: Query): Promise<void> {
  const columns = await tx<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns where table_schema = 'public' and is_identity = 'YES'`
  for (const { table, column } of columns) {
    await tx`select setval(pg_get_serial_sequence(${table}, ${column}), (select coalesce(max(${tx(column)}), 0) + 1 from ${tx(table)}), false)`
  }
}
