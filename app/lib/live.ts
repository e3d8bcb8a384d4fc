'use client'

import { useEffect, useRef, useState } from 'react'
import { type StreamEvent } from '@/core/contracts/views.ts'

export type Connection = 'connecting' | 'open' | 'lost'

const TYPES: readonly StreamEvent['type'][] = ['points', 'status', 'progress', 'artifact', 'log', 'run_added']
/** How long a connection may be away before the page says so: a restart of a part takes less. */
const SAY_LOST_AFTER_MS = 1500
const RETRY_MS = [500, 1000, 2000, 4000, 8000] as const

export interface StreamQuery {
  /** `runs=a,b` or `sweep=id`. */
  of: string
  /** The cursor that the first paint was read at: `run:seq,run:seq`. */
  cursor: string
}

export const cursorOf = (runs: readonly { run_id: string; seq: number }[]): string =>
  runs.map((run) => `${run.run_id}:${run.seq}`).join(',')

/**
 * One connection to `GET /api/v1/stream`. Events come in batches, one an animation frame (half a second where the page is
 * hidden), oldest first, without a gap: after a loss it goes on from the last event's id.
 *
 * @param query null: nothing to listen to
 * @returns whether the connection stands; 'lost' only when it has been away for a while
 */
export function useStream(query: StreamQuery | null, onEvents: (events: StreamEvent[]) => void): Connection {
  const [connection, setConnection] = useState<Connection>('connecting')
  const handler = useRef(onEvents)
  const latestCursor = useRef('')
  useEffect(() => {
    handler.current = onEvents
    latestCursor.current = query?.cursor ?? ''
  })
  const of = query?.of ?? null

  useEffect(() => {
    if (of === null) return
    // Only where to begin: later cursors are the stream's own.
    let cursor = latestCursor.current
    let source: EventSource | undefined
    let failures = 0
    let closed = false
    let retry: ReturnType<typeof setTimeout> | undefined
    let sayLost: ReturnType<typeof setTimeout> | undefined
    let queue: StreamEvent[] = []
    let frame: number | undefined
    let timer: ReturnType<typeof setTimeout> | undefined

    const flush = () => {
      if (frame !== undefined) cancelAnimationFrame(frame)
      clearTimeout(timer)
      frame = timer = undefined
      const events = queue
      queue = []
      if (events.length > 0 && !closed) handler.current(events)
    }
    const receive = (message: MessageEvent<string>) => {
      if (message.lastEventId !== '') cursor = message.lastEventId
      const event = JSON.parse(message.data) as StreamEvent
      queue.push(event)
      // A hidden page gets no animation frames.
      if (frame === undefined && timer === undefined) {
        if (document.visibilityState === 'visible') frame = requestAnimationFrame(flush)
        else timer = setTimeout(flush, 500)
      }
    }
    const isAway = () => {
      sayLost ??= setTimeout(() => setConnection('lost'), SAY_LOST_AFTER_MS)
    }
    const connect = () => {
      if (closed) return
      source = new EventSource(`/api/v1/stream?${of}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
      source.onopen = () => {
        failures = 0
        clearTimeout(sayLost)
        sayLost = undefined
        setConnection('open')
      }
      source.onerror = () => {
        isAway()
        // Connecting again by itself, with Last-Event-ID, unless the server answered with an error: then it is for us.
        if (source?.readyState !== EventSource.CLOSED) return
        retry = setTimeout(connect, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)])
      }
      source.onmessage = receive
      for (const type of TYPES) source.addEventListener(type, receive)
    }
    connect()
    return () => {
      closed = true
      source?.close()
      clearTimeout(retry)
      clearTimeout(sayLost)
      clearTimeout(timer)
      if (frame !== undefined) cancelAnimationFrame(frame)
    }
  }, [of])
  return connection
}
