import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that package.json is in. */
export const checkout = resolve(fileURLToPath(new URL('..', import.meta.url)))

/** An empty variable means the same as an unset one, as in core/env.ts. */
export function setting(name) {
  const value = process.env[name]?.trim()
  return value === '' ? undefined : value
}

/** Where this Karyon keeps its database, artifacts and logs. */
export function homeFolder() {
  return resolve(setting('KARYON_HOME') ?? join(checkout, '.karyon'))
}

/** What clones on this machine share: the TensorFlow library and binding, weights, the browser for tests. */
export function cacheFolder() {
  return resolve(setting('KARYON_CACHE') ?? join(setting('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'karyon'))
}
