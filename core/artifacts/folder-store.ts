import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { AppError, systemCode } from '../errors.ts'
import { checkKey, missing, type ArtifactStore } from './store.ts'

const PARTIAL = '.partial'

/**
 * Artifacts in a folder. A file is written under `.partial/`, fsynced, then renamed to its key and the folder fsynced:
 * after a crash at any moment the key has the old bytes, the new bytes, or none.
 */
export class FolderStore implements ArtifactStore {
  readonly root: string

  constructor(root: string) {
    this.root = resolve(root)
  }

  async put(key: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }> {
    const path = this.localPath(key)
    const partial = join(this.root, PARTIAL, randomUUID())
    await mkdir(join(this.root, PARTIAL), { recursive: true })
    const hash = createHash('sha256')
    let size = 0
    try {
      const file = await open(partial, 'wx')
      try {
        for await (const chunk of content instanceof Uint8Array ? [content] : content) {
          hash.update(chunk)
          size += chunk.byteLength
          await file.writeFile(chunk)
        }
        await file.sync()
      } finally {
        await file.close()
      }
      await mkdir(dirname(path), { recursive: true })
      await rename(partial, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await rm(partial, { force: true })
      throw this.explain(error)
    }
    return { size, sha256: hash.digest('hex') }
  }

  async putFile(key: string, path: string): Promise<{ size: number; sha256: string }> {
    return this.put(key, createReadStream(path))
  }

  async get(key: string): Promise<Buffer> {
    const path = this.localPath(key)
    try {
      return await readFile(path)
    } catch (error) {
      throw isMissing(error) ? missing(key, error) : error
    }
  }

  async stream(key: string, range: { start?: number; end?: number } = {}): Promise<Readable> {
    await this.size(key)
    return createReadStream(this.localPath(key), { ...range })
  }

  async exists(key: string): Promise<boolean> {
    try {
      return (await stat(this.localPath(key))).isFile()
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async size(key: string): Promise<number> {
    return (await this.stat(key)).size
  }

  async modified(key: string): Promise<Date> {
    return (await this.stat(key)).mtime
  }

  async delete(key: string): Promise<void> {
    await rm(this.localPath(key), { force: true })
  }

  async deleteAll(prefix: string): Promise<void> {
    await rm(this.localPath(prefix), { recursive: true, force: true })
  }

  async list(prefix: string): Promise<string[]> {
    const base = prefix === '' ? this.root : this.localPath(prefix.replace(/\/$/, ''))
    try {
      const entries = await readdir(base, { withFileTypes: true, recursive: true })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(this.root.length + 1)
            .split(sep)
            .join('/'),
        )
        .filter((key) => !key.startsWith(`${PARTIAL}/`))
        .sort()
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  localPath(key: string): string {
    return join(this.root, ...checkKey(key).split('/'))
  }

  private async stat(key: string): Promise<Stats> {
    try {
      const found = await stat(this.localPath(key))
      if (!found.isFile()) throw missing(key)
      return found
    } catch (error) {
      throw isMissing(error) ? missing(key, error) : error
    }
  }

  private explain(error: unknown): unknown {
    const code = systemCode(error)
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') return error
    return new AppError(
      'PERMISSION_DENIED',
      `The artifact folder ${this.root} is not writable. Give this user the right to write there, or set KARYON_ARTIFACTS.`,
      { cause: error },
    )
  }
}

/** A rename is durable once its folder is synced; file systems that cannot sync a folder say EINVAL or EISDIR. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error
  } finally {
    await folder.close()
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
