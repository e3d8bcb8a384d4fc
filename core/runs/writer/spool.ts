import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { env } from '../../env.ts'
import { systemCode } from '../../errors.ts'
import { decodeRecord, encodeRecord, type WriteRecord } from './records.ts'

const folderOf = (runId: string): string => join(env().home, 'spool', runId)

/** Where one attempt of a run keeps its records while the database is away: `<home>/spool/<run>/<attempt>.jsonl`. */
export class Spool {
  readonly #path: string
  #last: Promise<void> = Promise.resolve()

  constructor(runId: string, attempt: number) {
    this.#path = join(folderOf(runId), `${attempt}.jsonl`)
  }

  /** Returns when the records are on disk. Calls are served in their order. */
  append(records: readonly WriteRecord[]): Promise<void> {
    return this.#next(async () => {
      await mkdir(dirname(this.#path), { recursive: true })
      const file = await open(this.#path, 'a')
      try {
        await file.writeFile(records.map((record) => `${encodeRecord(record)}\n`).join(''))
        await file.sync()
      } finally {
        await file.close()
      }
    })
  }

  /** After everything in it has been committed. */
  clear(): Promise<void> {
    return this.#next(() => rm(this.#path, { force: true }))
  }

  #next(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => undefined)
    return mine
  }
}

/** Attempts of a run that left a spool on this machine, oldest first. */
export async function leftoverSpools(runId: string): Promise<number[]> {
  try {
    const names = await readdir(folderOf(runId))
    return names
      .flatMap((name) => /^(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** The records of a spool up to the first torn line: the writer was killed there. */
export async function readSpool(runId: string, attempt: number): Promise<WriteRecord[]> {
  const text = await readFile(join(folderOf(runId), `${attempt}.jsonl`), 'utf8')
  const records: WriteRecord[] = []
  // What follows the last newline was never completed.
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      records.push(decodeRecord(line))
    } catch {
      break
    }
  }
  return records
}

export async function removeSpools(runId: string): Promise<void> {
  await rm(folderOf(runId), { recursive: true, force: true })
}
