import { Unplug } from 'lucide-react'
import { type Connection } from '@/app/lib/live.ts'
import { cn } from '@/app/lib/cn.ts'

/** Whether a page is live. Said quietly while it is, plainly when the connection is lost; the width does not change. */
export function ConnectionNote({ connection, live }: { connection: Connection; live: boolean }) {
  const lost = connection === 'lost'
  return (
    <span
      role="status"
      className={cn(
        'inline-flex h-7 items-center gap-1.5 text-xs whitespace-nowrap',
        lost ? 'font-medium text-warning' : 'text-muted-foreground',
      )}
    >
      {lost ? (
        <>
          <Unplug className="size-3.5" aria-hidden /> Connection lost, trying again
        </>
      ) : (
        live && (
          <>
            <span
              aria-hidden
              className={cn('size-2 rounded-full', connection === 'open' ? 'animate-pulse-soft bg-success' : 'bg-border')}
            />
            {connection === 'open' ? 'Live' : 'Connecting'}
          </>
        )
      )}
    </span>
  )
}
