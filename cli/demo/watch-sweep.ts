import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { isEnded, type RunStatus, streamEventSchema, type SweepView, type StreamEvent, fromWire } from '../../core/contracts/views.ts'
import { duration, print, score } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Api } from './api.ts'
import { type Leaderboard, leaderboardSchema } from './schemas.ts'

const LOOK_MS = 3000
const RECONNECT_MS = 1000

interface Followed {
  name: string
  status: RunStatus
  epoch: number
  epochs: number
  imagesPerSecond: number | null
  etaSeconds: number | null
  value: number | undefined
  said: { epoch: number; ended: boolean }
}

/**
 * Shows a sweep while it runs: progress from the event stream, epochs and ends of runs as lines. The stream only makes
 * it prompt; every few seconds the leaderboard is looked at, and that decides.
 * @returns the leaderboard of the sweep when it has ended
 */
export async function watchSweep(api: Api, sweepId: string, signal: AbortSignal): Promise<Leaderboard> {
  const runs = new Map<string, Followed>()
  const progress = new Progress()
  const closed = new AbortController()
  let sweep: SweepView | undefined
  const show = (): void => {
    if (sweep === undefined) return
    for (const run of runs.values()) sayNews(run, sweep.metric.name, progress)
    const { fraction, text } = summary([...runs.values()], sweep.run_cap)
    progress.show('Training', fraction, text)
  }
  const look = async (): Promise<Leaderboard> => {
    const board = await api.get(`sweeps/${sweepId}/leaderboard`, leaderboardSchema)
    sweep = board.sweep
    for (const { run } of board.rows) update(runs, run, board.sweep.metric.name)
    show()
    return board
  }
  const stream = followStream(api, sweepId, AbortSignal.any([signal, closed.signal]), (event) => {
    applyEvent(runs, event, sweep?.metric.name)
    show()
  })
  try {
    for (;;) {
      const board = await look()
      if (board.sweep.state === 'finished' || board.sweep.state === 'cancelled') return board
      if (board.sweep.state === 'paused') progress.show('Paused', undefined, 'resume the sweep in the dashboard to go on')
      await pause(LOOK_MS, signal)
    }
  } finally {
    closed.abort()
    progress.clear()
    await stream
  }
}

type RunRow = Leaderboard['rows'][number]['run']

function update(runs: Map<string, Followed>, run: RunRow, metric: string): void {
  const last = run.metrics[metric]?.last
  const before = runs.get(run.run_id)
  runs.set(run.run_id, {
    name: run.name,
    status: run.status,
    epoch: run.epoch,
    epochs: run.epochs_total,
    imagesPerSecond: run.images_per_second,
    etaSeconds: run.eta_seconds,
    value: last === undefined ? before?.value : fromWire(last),
    // What was over before one looked is not news.
    said: before?.said ?? { epoch: run.epoch, ended: isEnded(run.status) },
  })
}

function applyEvent(runs: Map<string, Followed>, event: StreamEvent, metric: string | undefined): void {
  const run = runs.get(event.run_id)
  if (run === undefined) return
  if (event.type === 'progress') {
    run.epoch = Math.max(run.epoch, event.epoch)
    run.epochs = event.epochs_total
    run.imagesPerSecond = event.images_per_second
    run.etaSeconds = event.eta_seconds
  } else if (event.type === 'status') {
    run.status = event.status
  } else if (event.type === 'points' && event.key === metric) {
    const last = event.points.at(-1)
    if (last !== undefined) {
      run.value = fromWire(last.value)
      run.epoch = Math.max(run.epoch, last.step)
    }
  }
}

function sayNews(run: Followed, metric: string, progress: Progress): void {
  if (run.epoch > run.said.epoch) {
    run.said.epoch = run.epoch
    progress.clear()
    print(`  ${run.name}: epoch ${run.epoch}/${run.epochs}${run.value === undefined ? '' : `, ${metric} ${score(run.value) ?? ''}`}`)
  }
  if (isEnded(run.status) && !run.said.ended) {
    run.said.ended = true
    progress.clear()
    print(`  ${run.name}: ${run.status}`)
  }
}

function summary(runs: readonly Followed[], planned: number): { fraction: number; text: string } {
  const total = Math.max(planned, runs.length)
  const share = runs.reduce((sum, run) => sum + (isEnded(run.status) ? 1 : run.epoch / Math.max(1, run.epochs)), 0) / Math.max(1, total)
  const live = runs.filter((run) => run.status === 'running' || run.status === 'stopping')
  const now = live.map((run) => {
    const speed = run.imagesPerSecond === null ? '' : `, ${run.imagesPerSecond.toFixed(1)} images/s`
    const left = run.etaSeconds === null ? '' : `, ${duration(run.etaSeconds * 1000)} left`
    return `epoch ${Math.min(run.epoch + 1, run.epochs)}/${run.epochs}${speed}${left}`
  })
  const done = runs.filter((run) => isEnded(run.status)).length
  return { fraction: share, text: [`${done} of ${total} runs done`, ...now].join('; ') }
}

/** Reads events until the signal; a connection that breaks is made again, from where it was. */
async function followStream(api: Api, sweepId: string, signal: AbortSignal, onEvent: (event: StreamEvent) => void): Promise<void> {
  let cursor = ''
  while (!signal.aborted) {
    try {
      const response = await api.stream(`stream?sweep=${sweepId}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
      if (response.body === null) throw new Error('an answer without a body')
      let text = ''
      const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>, { encoding: 'utf8', signal })
      for await (const chunk of body as AsyncIterable<string>) {
        text += chunk
        const parts = text.split('\n\n')
        text = parts.pop() ?? ''
        for (const part of parts) cursor = readEvent(part, onEvent) ?? cursor
      }
    } catch {
      // The looks at the leaderboard say what is wrong, if it lasts.
    }
    await pause(RECONNECT_MS, signal).catch(() => undefined)
  }
}

/** @returns the event's id, where it has one */
function readEvent(text: string, onEvent: (event: StreamEvent) => void): string | undefined {
  let id: string | undefined
  let data = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('id:')) id = line.slice(3).trim()
    else if (line.startsWith('data:')) data += line.slice(5)
  }
  if (data !== '') {
    const event = streamEventSchema.safeParse(JSON.parse(data))
    if (event.success) onEvent(event.data)
  }
  return id
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', over)
      resolve()
    }, milliseconds)
    if (signal.aborted) over()
    else signal.addEventListener('abort', over, { once: true })
  })
}
