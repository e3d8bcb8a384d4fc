import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync } from 'node:fs'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ArtifactStore, artifactStore } from '../../core/artifacts/index.ts'
import { AppError } from '../../core/errors.ts'
import { type Query, sql } from '../../core/sql.ts'
import { makeFolder } from '../make-folder.ts'
import { isArchive, tar } from './archive.ts'
import { SnapshotReader } from './copy-out.ts'
import { type Backup, BACKUP_JSON, tableFile } from './format.ts'
import { appliedMigrations, tablesInOrder } from './tables.ts'

type Report = (title: string, fraction: number, detail: string) => void

/**
 * Writes every table, as of one moment, and every file that they name into a folder or a .tar file. Nothing is stopped
 * for it: the tables are read in one snapshot, and files never change once a row names them.
 * @throws AppError RESOURCE_ALREADY_EXISTS when there is something at `out`
 */
export async function writeBackup(out: string, report: Report): Promise<Backup> {
  const target = resolve(out)
  if (
    await access(target).then(
      () => true,
      () => false,
    )
  ) {
    throw new AppError('RESOURCE_ALREADY_EXISTS', `There is something at ${target} already: name another place.`)
  }
  const staging = `${target}.partial`
  await rm(staging, { recursive: true, force: true })
  await makeFolder(join(staging, 'tables'))
  try {
    const { migrations, tables, keys } = await copyTables(staging, report)
    const store = artifactStore()
    const { artifacts, missing } = isArchive(target)
      ? await hashFiles(store, keys, report)
      : await copyFiles(store, keys, join(staging, 'artifacts'), report)
    const backup: Backup = { format: 1, karyon: packageVersion(), created_at: Date.now(), migrations, tables, artifacts, missing }
    await writeFile(join(staging, BACKUP_JSON), `${JSON.stringify(backup, null, 1)}\n`)
    if (isArchive(target))
      await pack(
        staging,
        target,
        store,
        artifacts.map(({ key }) => key),
      )
    else await rename(staging, target)
    return backup
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

interface Dump {
  migrations: Backup['migrations']
  tables: Backup['tables']
  keys: string[]
}

async function copyTables(folder: string, report: Report): Promise<Dump> {
  return sql().begin('isolation level repeatable read read only', async (tx): Promise<Dump> => {
    const [exported] = await tx<{ snapshot: string }[]>`select pg_export_snapshot() as snapshot`
    const reader = await SnapshotReader.open(exported?.snapshot ?? '')
    try {
      const shapes = await tablesInOrder(tx)
      const tables: Backup['tables'] = []
      for (const [n, { name, columns }] of shapes.entries()) {
        report('Tables', n / shapes.length, name)
        const rows = await reader.copy(name, columns, createWriteStream(join(folder, tableFile(name))))
        tables.push({ name, columns, rows })
      }
      return { migrations: await appliedMigrations(tx), tables, keys: await artifactKeys(tx) }
    } finally {
      await reader.close()
    }
  })
}

/** Every key that a row names; a model version names a folder. */
async function artifactKeys(tx: Query): Promise<string[]> {
  const rows = await tx<{ key: string }[]>`
    select key from artifact union select image_key from dataset_image union select label_key from dataset_image`
  const folders = await tx<{ folder: string }[]>`select folder from model_version`
  const store = artifactStore()
  const ofModels = await Promise.all(folders.map(({ folder }) => store.list(folder)))
  return [...new Set([...rows.map(({ key }) => key), ...ofModels.flat()])].sort()
}

type Files = Pick<Backup, 'artifacts' | 'missing'>

async function eachFile(
  store: ArtifactStore,
  keys: readonly string[],
  report: Report,
  take: (key: string) => Promise<Backup['artifacts'][number]>,
): Promise<Files> {
  const files: Files = { artifacts: [], missing: [] }
  for (const [n, key] of keys.entries()) {
    report('Files', n / keys.length, `${n} of ${keys.length}`)
    if (await store.exists(key)) files.artifacts.push(await take(key))
    else files.missing.push(key)
  }
  return files
}

function copyFiles(store: ArtifactStore, keys: readonly string[], folder: string, report: Report): Promise<Files> {
  return eachFile(store, keys, report, async (key) => {
    const path = join(folder, key)
    await mkdir(dirname(path), { recursive: true })
    const { counted, result } = hashing()
    await pipeline(await store.stream(key), counted, createWriteStream(path))
    return { key, ...result() }
  })
}

function hashFiles(store: ArtifactStore, keys: readonly string[], report: Report): Promise<Files> {
  return eachFile(store, keys, report, async (key) => {
    const { counted, result } = hashing()
    counted.resume()
    await pipeline(await store.stream(key), counted)
    return { key, ...result() }
  })
}

function hashing(): { counted: Transform; result: () => { size: number; sha256: string } } {
  const hash = createHash('sha256')
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.byteLength
      done(null, chunk)
    },
  })
  return { counted, result: () => ({ size, sha256: hash.digest('hex') }) }
}

/** The tables first, then the files straight from the store, under `artifacts/`. */
async function pack(staging: string, target: string, store: ArtifactStore, keys: readonly string[]): Promise<void> {
  const partial = `${staging}.tar`
  try {
    await tar(['-cf', partial, '-C', staging, BACKUP_JSON, 'tables'])
    const root = rootOf(store, keys)
    if (root !== undefined) {
      const list = join(staging, 'files.txt')
      await writeFile(list, `${keys.join('\n')}\n`)
      await tar(['-rf', partial, '-C', root, '--transform=s,^,artifacts/,', '--verbatim-files-from', '-T', list])
    }
    await rename(partial, target)
  } finally {
    await rm(partial, { force: true })
  }
}

function rootOf(store: ArtifactStore, [key]: readonly string[]): string | undefined {
  if (key === undefined) return undefined
  const path = store.localPath(key)
  if (path === undefined)
    throw new AppError(
      'NOT_IMPLEMENTED',
      'The artifacts are not in a folder of this machine: back up into a folder instead of a .tar file.',
    )
  return path.slice(0, -key.length - 1)
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
