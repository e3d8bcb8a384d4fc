import { env } from '../env.ts'
import { FolderStore } from './folder-store.ts'
import type { ArtifactStore } from './store.ts'

export { checkKey, type ArtifactStore } from './store.ts'
export { FolderStore } from './folder-store.ts'
export { blobKey } from './blob-key.ts'

const stores = new Map<string, ArtifactStore>()

/** The store that KARYON_ARTIFACTS names (default: `artifacts` under KARYON_HOME). */
export function artifactStore(folder: string = env().artifacts): ArtifactStore {
  let store = stores.get(folder)
  if (store === undefined) stores.set(folder, (store = new FolderStore(folder)))
  return store
}
