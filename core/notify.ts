import pg from 'pg'
import { env } from './env.ts'
import { type Query, sql } from './sql.ts'

/**
 * Notifications only wake; polling is the truth. Never from a trigger or per point: one coalesced NOTIFY a run each
 * 100 ms (32 writers that notified per row fell from 4,300 to 900 inserts a second).
 */
export const CHANNELS = {
  /** A run has something new to show; payload: run id. */
  run: 'karyon_run',
  /** Someone asked a live run to stop; payload: run id. */
  request: 'karyon_request',
  /** Something was queued or may now be claimed. */
  queue: 'karyon_queue',
  /** A job changed; payload: job id. */
  job: 'karyon_job',
  /** An alias of a model moved; payload: model name. */
  model: 'karyon_model',
} as const
export type Channel = (typeof CHANNELS)[keyof typeof CHANNELS]

/** Inside a transaction the notification is sent with its commit, and equal ones are sent once. */
export async function notify(query: Query, channel: Channel, payload = ''): Promise<void> {
  await query`select pg_notify(${channel}, ${payload})`
}

export const NOTIFY_INTERVAL_MS = 100

/**
 * Sends at most one notification each 100 ms: at once when the last was longer ago, else when the time is up. A failed
 * one is dropped: whoever waits for it polls too.
 */
export function coalescedNotifier(channel: Channel, payload: string): { wake: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined
  let last = 0
  const send = (): void => {
    timer = undefined
    last = Date.now()
    notify(sql(), channel, payload).catch(() => undefined)
  }
  return {
    wake() {
      if (timer !== undefined) return
      const wait = last + NOTIFY_INTERVAL_MS - Date.now()
      if (wait <= 0) send()
      else timer = setTimeout(send, wait)
    },
    stop() {
      if (timer === undefined) return
      clearTimeout(timer)
      send()
    },
  }
}

const RECONNECT_MS = 1000
const CHECK_MS = 15_000

export interface Listener {
  close: () => Promise<void>
}

/**
 * LISTEN on a connection of its own that comes back after the database was away, and that checks itself: a connection
 * that died silently (sleep, NAT) is found within 15 s. postgres.js's own `listen` gives up when its first attempt to
 * reconnect fails, hence node-postgres here.
 *
 * @param onReady called after every (re)connection: what was missed meanwhile is found by polling
 */
export function listen(
  channels: readonly Channel[],
  onNotification: (channel: Channel, payload: string) => void,
  options: { url?: string; onReady?: () => void } = {},
): Listener {
  let closed = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined

  const retry = (failed: pg.Client): void => {
    if (closed || client !== failed) return
    client = undefined
    failed.end().catch(() => undefined)
    timer = setTimeout(start, RECONNECT_MS)
  }
  const connect = (): void => {
    const mine = new pg.Client({
      connectionString: options.url ?? env().databaseUrl,
      application_name: 'karyon listen',
      connectionTimeoutMillis: 5000,
      query_timeout: 5000,
      keepAlive: true,
    })
    client = mine
    mine.on('error', () => retry(mine))
    mine.on('end', () => retry(mine))
    mine.on('notification', (message) => onNotification(message.channel as Channel, message.payload ?? ''))
    const check = (): void => {
      if (client !== mine) return
      mine.query('select 1').then(
        () => {
          if (client === mine) timer = setTimeout(check, CHECK_MS)
        },
        () => retry(mine),
      )
    }
    mine
      .connect()
      .then(() => mine.query(channels.map((channel) => `listen ${channel}`).join('; ')))
      .then(() => {
        if (client !== mine) return
        options.onReady?.()
        timer = setTimeout(check, CHECK_MS)
      })
      .catch(() => retry(mine))
  }
  // A database that has no address yet (env throws) is one that is away.
  const start = (): void => {
    try {
      connect()
    } catch {
      if (!closed) timer = setTimeout(start, RECONNECT_MS)
    }
  }
  start()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      const last = client
      client = undefined
      await last?.end().catch(() => undefined)
    },
  }
}
