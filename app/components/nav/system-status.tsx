'use client'

import { LoaderCircle } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { callApi } from '@/app/lib/client-api.ts'
import { cn } from '@/app/lib/cn.ts'
import { plural } from '@/app/lib/format.ts'
import { type JobView, type TrainerView } from '@/core/contracts/views.ts'

interface State {
  trainers: TrainerView[]
  jobs: JobView[]
}

const PERIOD_MS = 10_000

/** Says whether a trainer is there and what it does; asked for while the page is in sight. */
export function SystemStatus() {
  const [state, setState] = useState<State | 'unreachable'>()
  useEffect(() => {
    let stopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const [{ trainers }, { jobs }] = await Promise.all([
            callApi<{ trainers: TrainerView[] }>('trainers'),
            callApi<{ jobs: JobView[] }>('jobs?status=running&limit=20'),
          ])
          if (!stopped) setState({ trainers, jobs })
        } catch {
          if (!stopped) setState('unreachable')
        }
      }
      if (!stopped) timer = setTimeout(() => void ask(), PERIOD_MS)
    }
    void ask()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [])

  const look = describe(state)
  return (
    <div className="rounded-md border border-border bg-card px-2.5 py-2 text-xs" data-testid="system-status">
      <p className="flex items-center gap-2 font-medium">
        <span aria-hidden className={cn('size-2 shrink-0 rounded-full', look.dot)} />
        {look.title}
      </p>
      <p className="mt-0.5 truncate text-muted-foreground" title={look.detail}>
        {look.detail}
      </p>
      {state !== undefined && state !== 'unreachable' && state.jobs.length > 0 && (
        <Link href="/datasets" className="mt-1 flex items-center gap-1.5 truncate rounded-sm text-primary hover:underline">
          <LoaderCircle className="size-3 shrink-0 animate-spin" aria-hidden />
          {state.jobs.length === 1
            ? `${state.jobs[0]?.kind ?? 'job'} ${Math.round((state.jobs[0]?.progress ?? 0) * 100)} %`
            : plural(state.jobs.length, 'job')}
        </Link>
      )}
    </div>
  )
}

function describe(state: State | 'unreachable' | undefined): { title: string; detail: string; dot: string } {
  if (state === undefined) return { title: 'Trainer', detail: 'Asking …', dot: 'bg-border' }
  if (state === 'unreachable') return { title: 'No connection', detail: 'Karyon does not answer', dot: 'bg-destructive' }
  const alive = state.trainers.filter((trainer) => trainer.alive)
  if (alive.length === 0) return { title: 'No trainer', detail: 'Runs wait until one starts', dot: 'bg-warning' }
  const busy = alive.reduce((sum, trainer) => sum + trainer.busy, 0)
  const slots = alive.reduce((sum, trainer) => sum + trainer.slots, 0)
  const device = [...new Set(alive.map((trainer) => trainer.device))].join(', ')
  return {
    title: alive.length === 1 ? 'Trainer ready' : `${alive.length} trainers ready`,
    detail: `${busy} of ${plural(slots, 'slot')} busy · ${device}`,
    dot: busy > 0 ? 'bg-primary animate-pulse-soft' : 'bg-success',
  }
}
