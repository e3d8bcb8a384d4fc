import { env } from '../env.ts'
import { AppError } from '../errors.ts'
import { FolderStore } from './folder-store.ts'
import type { ArtifactStore } from './store.ts'

export { checkKey, type ArtifactStore } from './store.ts'
export { FolderStore } from './folder-store.ts'
export { blobKey } from './blob-key.ts'

const stores = new Map<string, ArtifactStore>()

/**
 * The store that KARYON_ARTIFACTS names (default: `artifacts` under KARYON_HOME).
 * @throws AppError NOT_IMPLEMENTED for s3:// and http(s)://
 */
export function artifactStore(location: string = env().artifacts): ArtifactStore {
  let store = stores.get(location)
  if (store === undefined) stores.set(location, (store = openStore(location)))
  return store
}

function openStore(location: string): ArtifactStore {
  const scheme = /^([a-z0-9]+):\/\//.exec(location)?.[1]
  if (scheme === undefined) return new FolderStore(location)
  throw new AppError(
    'NOT_IMPLEMENTED',
    `KARYON_ARTIFACTS is ${location}: this version stores artifacts in a folder only. Name a folder, e.g. one on a file system that all machines mount.`,
  )
}
