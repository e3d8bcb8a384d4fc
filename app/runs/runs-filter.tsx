'use client'

import { Search, X } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { FieldError } from '@/app/components/ui/field.tsx'
import { Input } from '@/app/components/ui/input.tsx'
import { cn } from '@/app/lib/cn.ts'
import { type RunsQuery } from './query.ts'

const QUICK = [
  { label: 'Running', filter: "status in ('queued', 'running', 'stopping')" },
  { label: 'Finished', filter: "status = 'finished'" },
  { label: 'Failed', filter: "status = 'failed'" },
  { label: 'Starred', filter: 'starred = 1' },
]
const WAIT_MS = 300

/** Words for names, or the filter language; what is wrong stands below. */
export function RunsFilter({
  query,
  error,
  onQuery,
}: {
  query: RunsQuery
  error: string | null
  onQuery: (change: Partial<RunsQuery>) => void
}) {
  const [typed, setTyped] = useState(query.filter)
  useEffect(() => {
    if (typed === query.filter) return
    const timer = setTimeout(() => onQuery({ filter: typed }), WAIT_MS)
    return () => clearTimeout(timer)
  }, [typed, query.filter, onQuery])
  const set = (filter: string) => {
    setTyped(filter)
    onQuery({ filter })
  }
  return (
    <div className="flex flex-col gap-1.5">
      <form
        role="search"
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          onQuery({ filter: typed })
        }}
      >
        <div className="relative min-w-0 flex-1 basis-72">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground" aria-hidden />
          <Input
            type="text"
            aria-label="Filter runs"
            aria-invalid={error !== null || undefined}
            aria-describedby="runs-filter-error"
            spellCheck={false}
            autoComplete="off"
            placeholder="Name, or metrics.`val/dice` > 0.8 and params.batch_size = 16"
            className="pr-9 pl-8.5 font-mono text-[13px]"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {typed !== '' && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Clear the filter"
              className="absolute top-1/2 right-1 -translate-y-1/2"
              onClick={() => set('')}
            >
              <X aria-hidden />
            </Button>
          )}
        </div>
        <div className="flex flex-wrap gap-1.5">
          {QUICK.map(({ label, filter }) => {
            const on = typed.trim() === filter
            return (
              <Button
                key={label}
                size="sm"
                aria-pressed={on}
                className={cn('h-8.5', on && 'border-primary bg-primary-soft text-primary hover:bg-primary-soft')}
                onClick={() => set(on ? '' : filter)}
              >
                {label}
              </Button>
            )
          })}
          <Button asChild size="sm" variant="ghost" className="h-8.5">
            <Link href={query.deleted ? '/runs' : '/runs?deleted=1'}>{query.deleted ? 'Back to runs' : 'Deleted'}</Link>
          </Button>
        </div>
      </form>
      <div id="runs-filter-error">{error !== null && <FieldError>{error}</FieldError>}</div>
    </div>
  )
}
