import type { StreamEvent } from '@/core/contracts/views.ts'
import type { Cursor } from './cursor.ts'
import { type LiveHub, liveHub } from './hub.ts'
import { type Scope, Viewer } from './viewer.ts'

const HEARTBEAT_MS = 15_000
/** A viewer that reads nothing is cut off at so many bytes waiting for it: it comes back and goes on from its cursor. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024

/**
 * A response of Server-Sent Events. Several events of one look end with one `id`, the cursor of all runs: a connection
 * that breaks amid them begins again before the first. Ends when the request is aborted.
 */
export function eventStream(scope: Scope, start: Cursor | undefined, signal: AbortSignal, hub: LiveHub = liveHub()): Response {
  const encoder = new TextEncoder()
  let close = (): void => undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true
        const write = (text: string): void => {
          if (!open) return
          if ((controller.desiredSize ?? 0) < -MOST_WAITING_BYTES) return close()
          controller.enqueue(encoder.encode(text))
        }
        const viewer = new Viewer(scope, start, (events, cursor) => write(formatEvents(events, cursor)))
        const heartbeat = setInterval(() => write(': beat\n\n'), HEARTBEAT_MS)
        close = () => {
          if (!open) return
          open = false
          clearInterval(heartbeat)
          hub.remove(viewer)
          signal.removeEventListener('abort', close)
          try {
            controller.close()
          } catch {
            // The reader has gone already.
          }
        }
        if (signal.aborted) return close()
        signal.addEventListener('abort', close)
        write('retry: 1000\n: open\n\n')
        hub.add(viewer)
      },
      cancel: () => close(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // Nothing on the way may hold it back, pack it or keep it.
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    },
  })
}

export function formatEvents(events: readonly StreamEvent[], cursor: string): string {
  return events
    .map((event, i) => `${i === events.length - 1 ? `id: ${cursor}\n` : ''}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('')
}
