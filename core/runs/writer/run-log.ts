import { randomUUID } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { artifactStore } from '../../artifacts/index.ts'
import type { StoredArtifact } from './records.ts'

const FLUSH_MS = 250

/**
 * The log of one attempt, `runs/<run>/<attempt>/log.txt` in the store: the only file there that grows. Its artifact's
 * size says how much of it may be read. In a store that is no folder it is put whole when the attempt ends.
 */
export class RunLog {
  readonly #artifact: StoredArtifact
  readonly #onGrown: (artifact: StoredArtifact) => void
  #lines: string[] = []
  #all: string[] = []
  #timer: NodeJS.Timeout | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(runId: string, attempt: number, onGrown: (artifact: StoredArtifact) => void) {
    this.#onGrown = onGrown
    this.#artifact = {
      id: randomUUID().replaceAll('-', ''),
      attempt,
      kind: 'log',
      name: `log-${attempt}.txt`,
      key: `runs/${runId}/${attempt}/log.txt`,
      size: 0,
      sha256: null,
      epoch: null,
      imageId: null,
      isBest: false,
    }
  }

  write(line: string): void {
    this.#lines.push(`${new Date().toISOString()} ${line}\n`)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  /** A log that cannot be written must not end a training: its lines are lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = this.#lines.splice(0).join('')
    if (text !== '') this.#last = this.#last.then(() => this.#append(text)).catch(() => undefined)
    return this.#last
  }

  async #append(text: string): Promise<void> {
    const store = artifactStore()
    const path = store.localPath(this.#artifact.key)
    if (path === undefined) {
      this.#all.push(text)
      await store.put(this.#artifact.key, Buffer.from(this.#all.join('')))
    } else {
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, text)
    }
    this.#artifact.size += Buffer.byteLength(text)
    this.#onGrown({ ...this.#artifact })
  }
}
