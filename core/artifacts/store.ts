import type { Readable } from 'node:stream'
import { AppError } from '../errors.ts'

/**
 * Where files live: images, labels, checkpoints, probability maps, models. Keys are relative, `/`-separated and safe (see
 * `checkKey`), so that a store can be moved or backed up as it is.
 *
 * What every store keeps: a key holds either the whole of what was put or nothing, however the process ends; when `put`
 * has returned, the bytes are on disk; putting a key again replaces it whole. A missing key is AppError
 * RESOURCE_DOES_NOT_EXIST on reading, and nothing on deleting.
 */
export interface ArtifactStore {
  put(key: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }>
  /** Copies a file of this machine in. */
  putFile(key: string, path: string): Promise<{ size: number; sha256: string }>
  get(key: string): Promise<Buffer>
  /** Bytes `start` to `end`, both inclusive, as in an HTTP range; without: all. */
  stream(key: string, range?: { start?: number; end?: number }): Promise<Readable>
  exists(key: string): Promise<boolean>
  size(key: string): Promise<number>
  /** When it was last put. */
  modified(key: string): Promise<Date>
  delete(key: string): Promise<void>
  /** Deletes every key below a folder, e.g. `runs/<id>`. */
  deleteAll(prefix: string): Promise<void>
  /** Every key below a folder (`''`: all), sorted. */
  list(prefix: string): Promise<string[]>
  /** The file that holds a key, where the store is a folder of this machine; it may not exist yet. Never write to it in place. */
  localPath(key: string): string | undefined
}

/**
 * @returns the key
 * @throws AppError INVALID_PARAMETER_VALUE for a key that is empty, absolute, climbs (`..`), or has unusual characters
 */
export function checkKey(key: string): string {
  const parts = key.split('/')
  const good = key.length <= 1000 && parts.every((part) => /^[A-Za-z0-9_@=+,()~ -][A-Za-z0-9._@=+,()~ -]*$/.test(part))
  if (!good)
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `${JSON.stringify(key)} is no artifact key: relative, parts joined by /, none beginning with a dot.`,
    )
  return key
}

export function missing(key: string, cause?: unknown): AppError {
  return new AppError('RESOURCE_DOES_NOT_EXIST', `The file ${key} is not in the artifact store.`, { cause })
}
