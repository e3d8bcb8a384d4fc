import { isEnded, type StreamEvent } from '@/core/contracts/views.ts'
import { progressEvent, type RunHeadRow, statusEvent } from '@/core/runs/updates.ts'
import { type Cursor, formatCursor } from './cursor.ts'

export interface Scope {
  runIds: readonly string[]
  sweepId: string | undefined
  experimentId: number | undefined
}

interface Seen {
  seq: number
  status: string
  progress: string
}

/**
 * One connection: what it watches, and how far it has seen each run. It decides which events it is still owed; the hub
 * reads them once for all viewers.
 */
export class Viewer {
  readonly scope: Scope
  readonly #seen = new Map<string, Seen>()
  /** Where to begin; undefined: now. */
  readonly #start: Cursor | undefined
  readonly #send: (events: readonly StreamEvent[], cursor: string) => void
  #synced = false

  constructor(scope: Scope, start: Cursor | undefined, send: (events: readonly StreamEvent[], cursor: string) => void) {
    this.scope = scope
    this.#start = start
    this.#send = send
  }

  watches(run: { runId: string; sweepId: string | null; experimentId: number }): boolean {
    return (
      (this.scope.sweepId !== undefined && run.sweepId === this.scope.sweepId) ||
      (this.scope.experimentId !== undefined && run.experimentId === this.scope.experimentId)
    )
  }

  /** Runs that its cursor was waiting for: their end is told however long ago it was. */
  unansweredRuns(): string[] {
    return this.#synced || this.#start === undefined ? [] : [...this.#start.keys()]
  }

  /** The stretch of a run's writes that this viewer has not seen, or undefined where there is none. */
  owed(head: RunHeadRow): { from: number; to: number } | undefined {
    const from = this.#seen.get(head.run_id)?.seq ?? this.#startOf(head)
    return head.seq > from ? { from, to: head.seq } : undefined
  }

  /**
   * Sends what is new of these runs.
   * @param fresh points, files and log lines of a run after `from`
   */
  deliver(heads: readonly RunHeadRow[], fresh: (runId: string, from: number) => readonly StreamEvent[]): void {
    const events: StreamEvent[] = []
    const touched = new Set<string>()
    for (const head of heads) {
      const before = this.#seen.get(head.run_id)
      const from = before?.seq ?? this.#startOf(head)
      const sent = events.length
      if (before === undefined && this.#isNew(head)) events.push({ type: 'run_added', run_id: head.run_id })
      if (head.seq > from) events.push(...fresh(head.run_id, from))
      const progress = progressEvent(head)
      const status = statusEvent(head)
      const seen: Seen = { seq: Math.max(head.seq, from), status: JSON.stringify(status), progress: JSON.stringify(progress) }
      // The end comes last: who hears of it has everything.
      if (before?.progress !== seen.progress) events.push(progress)
      if (before?.status !== seen.status) events.push(status)
      this.#seen.set(head.run_id, seen)
      if (events.length > sent) touched.add(head.run_id)
    }
    this.#synced = true
    if (events.length === 0) return
    // Runs that ended are left out once their end was told: a cursor must fit a header, however many runs a sweep has.
    const cursor = heads.filter((head) => touched.has(head.run_id) || (!isEnded(head.status) && head.seq > 0))
    this.#send(events, formatCursor(cursor.map((head) => [head.run_id, this.#seen.get(head.run_id)?.seq ?? head.seq] as const)))
  }

  /** A sequence beyond the run's own is of another database (restored from a backup): then from now. */
  #startOf(head: RunHeadRow): number {
    // A run that came after the first look is told from its beginning; so is one that a given cursor does not know,
    // unless it has ended: those are left out of cursors.
    if (this.#synced) return 0
    if (this.#start === undefined) return head.seq
    const known = this.#start.get(head.run_id)
    if (known === undefined) return isEnded(head.status) ? head.seq : 0
    return Math.min(known, head.seq)
  }

  #isNew(head: RunHeadRow): boolean {
    if (this.scope.sweepId === undefined && this.scope.experimentId === undefined) return false
    return this.#synced || (this.#start !== undefined && !this.#start.has(head.run_id) && !isEnded(head.status))
  }
}
