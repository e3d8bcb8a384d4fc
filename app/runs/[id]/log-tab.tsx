'use client'

import { ArrowDownToLine, ScrollText } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import { useApi } from '@/app/lib/use-api.ts'

/**
 * The log's last lines, growing while the run does. It follows the end until someone scrolls up.
 * @param newLines what came over the stream since the page was opened
 */
export function LogTab({ runId, newLines, live }: { runId: string; newLines: readonly string[]; live: boolean }) {
  // What had come before the first answer is in that answer.
  const [before] = useState(newLines.length)
  const { data, error } = useApi<{ lines: string[]; truncated?: boolean }>(`runs/${runId}/logs?tail=2000`)
  const box = useRef<HTMLPreElement>(null)
  const [following, setFollowing] = useState(true)
  const lines = data === undefined ? [] : [...data.lines, ...newLines.slice(before)]
  const count = lines.length

  useEffect(() => {
    if (following && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [count, following])

  if (error !== undefined) return <Callout tone="error">{error}</Callout>
  if (data === undefined) return <Skeleton className="h-96" />
  if (count === 0) {
    return (
      <EmptyState icon={ScrollText} title="Nothing logged yet">
        {live ? 'Lines appear here as soon as the trainer writes them.' : 'This run ended without writing a line.'}
      </EmptyState>
    )
  }
  return (
    <div className="relative">
      {data.truncated === true && <p className="mb-2 text-xs text-muted-foreground">Only the last lines; the whole log is under Files.</p>}
      <pre
        ref={box}
        tabIndex={0}
        role="log"
        aria-label="Log"
        aria-live="off"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          setFollowing(scrollHeight - scrollTop - clientHeight < 24)
        }}
        className="h-[min(70vh,44rem)] overflow-auto rounded-lg border border-border bg-card p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap"
      >
        {lines.join('\n')}
      </pre>
      {!following && (
        <Button size="sm" className="absolute right-4 bottom-4 shadow-popover" onClick={() => setFollowing(true)}>
          <ArrowDownToLine aria-hidden /> Follow the end
        </Button>
      )}
    </div>
  )
}
