import { createHash, randomUUID } from 'node:crypto'
import { artifactStore } from '../../artifacts/index.ts'
import type { NewArtifact, StoredArtifact } from './records.ts'

/** Each file costs two fsyncs: some at a time keep a validation set's worth of small maps from taking seconds. */
const AT_A_TIME = 8

/**
 * Puts files into the store under `runs/<run>/<attempt>/<batch>/<name>`, a batch never being used again, so that a file
 * of a holder that has lost its lease is never taken for another. They become visible with their rows.
 */
export async function storeFiles(runId: string, attempt: number, batch: number, files: readonly NewArtifact[]): Promise<StoredArtifact[]> {
  const store = artifactStore()
  const stored: StoredArtifact[] = []
  const keys = new Set<string>()
  const keyOf = (name: string): string => {
    const wanted = `runs/${runId}/${attempt}/${String(batch).padStart(5, '0')}/${safeName(name)}`
    const key = keys.has(wanted) ? `${wanted}-${keys.size}` : wanted
    keys.add(key)
    return key
  }
  const keyed = files.map((file) => ({ file, key: keyOf(file.name) }))
  for (let start = 0; start < keyed.length; start += AT_A_TIME) {
    const some = await Promise.all(
      keyed.slice(start, start + AT_A_TIME).map(async ({ file, key }): Promise<StoredArtifact> => {
        const { size, sha256 } = file.bytes === undefined ? await store.putFile(key, file.path) : await store.put(key, file.bytes)
        return {
          id: randomUUID().replaceAll('-', ''),
          attempt,
          kind: file.kind,
          name: file.name,
          key,
          size,
          sha256,
          epoch: file.epoch ?? null,
          imageId: file.imageId ?? null,
          isBest: file.isBest ?? false,
        }
      }),
    )
    stored.push(...some)
  }
  return stored
}

/** Names of images may hold anything; keys may not. A changed part gets a hash, so that two names never meet. */
function safeName(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      const safe = part
        .replace(/[^A-Za-z0-9._-]/g, '_')
        .replace(/^\./, '_')
        .slice(0, 120)
      if (safe === part) return part
      return `${createHash('sha256').update(part).digest('hex').slice(0, 8)}-${safe}`
    })
    .join('/')
}
