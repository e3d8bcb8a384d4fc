import type { StreamEvent } from '@/core/contracts/views.ts'
import { CHANNELS, type Listener, listen } from '@/core/notify.ts'
import { listLogs } from '@/core/runs/logs.ts'
import {
  readGrownLogs,
  readHeads,
  readLogLines,
  readScopedRuns,
  readUpdates,
  type RunHeadRow,
  type UpdateRange,
} from '@/core/runs/updates.ts'
import type { Viewer } from './viewer.ts'

const POLL_MS = 1000
/** Notifications within this time are answered by one look. */
const GATHER_MS = 25

/**
 * Feeds every live view of this process: one LISTEN connection that wakes, one look at the database that is shared by all
 * viewers, each second at least. While nobody watches it does nothing.
 */
export class LiveHub {
  readonly #viewers = new Set<Viewer>()
  /** How much of each log has been told, by key; and of which runs the logs are followed. */
  readonly #logSizes = new Map<string, number>()
  readonly #logsOf = new Set<string>()
  #listener: Listener | undefined
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #again = false
  #due = Infinity

  add(viewer: Viewer): void {
    this.#viewers.add(viewer)
    this.#listener ??= listen([CHANNELS.run, CHANNELS.queue], () => this.#wake(GATHER_MS), { onReady: () => this.#wake(0) })
    this.#wake(0)
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#logSizes.clear()
    this.#logsOf.clear()
    const listener = this.#listener
    this.#listener = undefined
    void listener?.close()
  }

  /** Looks within `delay` ms, or sooner where that was already planned. */
  #wake(delay: number): void {
    if (this.#viewers.size === 0) return
    if (this.#looking) {
      if (delay < POLL_MS) this.#again = true
      return
    }
    const due = Date.now() + delay
    if (this.#timer !== undefined && this.#due <= due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => void this.#look(), delay)
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    this.#looking = true
    this.#again = false
    try {
      await this.#lookOnce()
    } catch {
      // The database is away: what was missed is found by the next look that succeeds.
    } finally {
      this.#looking = false
      this.#wake(this.#again ? GATHER_MS : POLL_MS)
    }
  }

  async #lookOnce(): Promise<void> {
    const viewers = [...this.#viewers]
    const scoped = await readScopedRuns({
      sweepIds: distinct(viewers.map((viewer) => viewer.scope.sweepId)),
      experimentIds: distinct(viewers.map((viewer) => viewer.scope.experimentId)),
      alsoRuns: [...new Set(viewers.flatMap((viewer) => viewer.unansweredRuns()))],
    })
    const watched = new Map(
      viewers.map((viewer) => [viewer, [...viewer.scope.runIds, ...scoped.filter((run) => viewer.watches(run)).map((run) => run.runId)]]),
    )
    const heads = await readHeads([...new Set([...watched.values()].flat())])
    const headsOf = (viewer: Viewer): RunHeadRow[] => (watched.get(viewer) ?? []).flatMap((runId) => heads.get(runId) ?? [])

    // Viewers that have seen equally much share one read.
    const ranges = new Map<string, UpdateRange>()
    for (const viewer of viewers) {
      for (const head of headsOf(viewer)) {
        const owed = viewer.owed(head)
        if (owed !== undefined) ranges.set(`${head.run_id}:${owed.from}`, { runId: head.run_id, ...owed })
      }
    }
    await this.#trackLogs(heads.values(), ranges.values())
    const fresh = await this.#read([...ranges.values()])
    for (const viewer of viewers) {
      if (this.#viewers.has(viewer)) viewer.deliver(headsOf(viewer), (runId, from) => fresh.get(`${runId}:${from}`) ?? [])
    }
  }

  /** Events by `run:from`. Ranges of one run that begin apart are read apart: they are few. */
  async #read(ranges: readonly UpdateRange[]): Promise<Map<string, StreamEvent[]>> {
    const found = new Map<string, StreamEvent[]>()
    let rest = [...ranges]
    while (rest.length > 0) {
      const round = new Map(rest.map((range) => [range.runId, range]))
      const now = [...round.values()]
      rest = rest.filter((range) => round.get(range.runId) !== range)
      const [events, logs] = await Promise.all([readUpdates(now), this.#readLogs(now)])
      for (const range of now) {
        found.set(
          `${range.runId}:${range.from}`,
          [...events, ...logs].filter((event) => event.run_id === range.runId),
        )
      }
    }
    return found
  }

  async #readLogs(ranges: readonly UpdateRange[]): Promise<StreamEvent[]> {
    const events: StreamEvent[] = []
    for (const file of await readGrownLogs(ranges)) {
      const known = this.#logSizes.get(file.key) ?? 0
      if (known >= file.size) continue
      this.#logSizes.set(file.key, file.size)
      const lines = await readLogLines(file, known)
      if (lines.length > 0) events.push({ type: 'log', run_id: file.runId, lines })
    }
    return events
  }

  /** Of runs that come into view with a past, the page has read the log so far: it is told what follows. */
  async #trackLogs(heads: Iterable<RunHeadRow>, ranges: Iterable<UpdateRange>): Promise<void> {
    const fromTheirBeginning = new Set([...ranges].filter((range) => range.from === 0).map((range) => range.runId))
    const fresh = [...heads].map((head) => head.run_id).filter((runId) => !this.#logsOf.has(runId))
    for (const runId of fresh) this.#logsOf.add(runId)
    for (const file of await listLogs(fresh.filter((runId) => !fromTheirBeginning.has(runId)))) this.#logSizes.set(file.key, file.size)
  }
}

const distinct = <T>(values: readonly (T | undefined)[]): T[] => [...new Set(values)].filter((value) => value !== undefined)

// One hub a process; on globalThis because Next's bundles each get their own copy of this module.
const shared = globalThis as typeof globalThis & { karyonLiveHub?: LiveHub }

export const liveHub = (): LiveHub => (shared.karyonLiveHub ??= new LiveHub())
