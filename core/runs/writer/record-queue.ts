import { AppError, toAppError } from '../../errors.ts'
import type { WriteRecord } from './records.ts'
import type { Spool } from './spool.ts'

interface Entry {
  record: WriteRecord
  spooled: boolean
  applying: boolean
  promise: Promise<void>
  settle: (error?: AppError) => void
}

const RETRY_MS = [200, 400, 800, 1500]
/** A transaction that says nothing for so long is taken for an absent database; records may be applied twice. */
const APPLY_TIMEOUT_MS = 30_000

/**
 * Records in order, one transaction after the other. While the database is away they are kept on disk and in memory, and
 * tried again until it is back; a push is then done as soon as its record is on disk, so that training goes on.
 */
export class RecordQueue {
  readonly #apply: (record: WriteRecord) => Promise<void>
  readonly #spool: Spool
  readonly #onFailure: (error: AppError) => void
  #entries: Entry[] = []
  #waiting: (() => void)[] = []
  #running = false
  #away = false
  #failure: AppError | undefined
  #wakeUp: (() => void) | undefined

  /** @param onFailure called once: the lease was lost, or a record cannot be written at all */
  constructor(apply: (record: WriteRecord) => Promise<void>, spool: Spool, onFailure: (error: AppError) => void) {
    this.#apply = apply
    this.#spool = spool
    this.#onFailure = onFailure
  }

  /** Whether records wait for the database on disk. */
  get away(): boolean {
    return this.#away
  }

  /** Resolves when the record is committed, or safe on disk while the database is away. Rejects with what ended the queue. */
  push(record: WriteRecord): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const last = this.#entries.at(-1)
    const together = last === undefined || last.applying || last.spooled ? undefined : merge(last.record, record)
    if (last !== undefined && together !== undefined) {
      last.record = together
      return last.promise
    }
    const entry = newEntry(record)
    this.#entries.push(entry)
    if (this.#away) void this.#spoolWaiting()
    if (!this.#running) void this.#run()
    return entry.promise
  }

  /** Resolves when everything pushed so far is committed; rejects with what ended the queue. */
  async drained(): Promise<void> {
    while (this.#entries.length > 0 && this.#failure === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Ends the queue; records that wait are dropped (those on disk stay there). */
  fail(error: AppError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const entry of this.#entries.splice(0)) entry.settle(error)
    this.#wake()
    this.#wakeUp?.()
    this.#onFailure(error)
  }

  async #run(): Promise<void> {
    this.#running = true
    let failures = 0
    for (let entry = this.#entries[0]; entry !== undefined && this.#failure === undefined; entry = this.#entries[0]) {
      const error = await this.#tryApply(entry)
      if (this.#failure !== undefined) break
      if (error === undefined) {
        failures = 0
        this.#entries.shift()
        entry.settle()
        // No await between this look and the change: what is pushed from here on goes to the database first.
        if (this.#entries.length === 0 && this.#away) {
          this.#away = false
          this.#spool.clear().catch(() => undefined)
        }
      } else if (error.code === 'TEMPORARILY_UNAVAILABLE') {
        this.#away = true
        await this.#spoolWaiting()
        await this.#pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? 1000)
      } else {
        this.fail(error)
      }
    }
    this.#running = false
    this.#wake()
  }

  async #tryApply(entry: Entry): Promise<AppError | undefined> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new AppError('TEMPORARILY_UNAVAILABLE', 'The database does not answer.')), APPLY_TIMEOUT_MS)
    })
    entry.applying = true
    try {
      await Promise.race([this.#apply(entry.record), timeout])
      return undefined
    } catch (error) {
      return toAppError(error)
    } finally {
      entry.applying = false
      clearTimeout(timer)
    }
  }

  async #spoolWaiting(): Promise<void> {
    const entries = this.#entries.filter((entry) => !entry.spooled)
    if (entries.length === 0) return
    for (const entry of entries) entry.spooled = true
    try {
      await this.#spool.append(entries.map((entry) => entry.record))
      for (const entry of entries) entry.settle()
    } catch (error) {
      this.fail(toAppError(error))
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** One record for two that follow each other, where that says the same: only the newest progress counts, files come in lots. */
function merge(before: WriteRecord, next: WriteRecord): WriteRecord | undefined {
  if (before.type === 'progress' && next.type === 'progress') return { ...next, message: next.message ?? before.message }
  if (before.type === 'log' && next.type === 'log') return next
  if (before.type === 'artifacts' && next.type === 'artifacts')
    return { type: 'artifacts', artifacts: [...before.artifacts, ...next.artifacts] }
  return undefined
}

function newEntry(record: WriteRecord): Entry {
  let settle: Entry['settle'] = () => undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error))
  })
  // Those who do not wait for a record hear of a failure through the writer's signal.
  promise.catch(() => undefined)
  return { record, spooled: false, applying: false, promise, settle }
}
