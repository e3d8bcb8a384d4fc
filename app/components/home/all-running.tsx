'use client'

import { Moon } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo, useState } from 'react'
import { formatDuration, formatNumber, metricLabel, plural } from '@/app/lib/format.ts'
import { cursorOf, useStream } from '@/app/lib/live.ts'
import { applyEvents, type LiveRun } from '@/app/lib/live-state.ts'
import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { Card, CardContent, CardHeader, CardTitle } from '../ui/card.tsx'
import { ConnectionNote } from '../ui/connection-note.tsx'
import { Progress } from '../ui/progress.tsx'
import { StatusBadge } from '../ui/status-badge.tsx'
import { TextLink } from '../ui/text-link.tsx'

/** What trains now and what waits, live. */
export function AllRunning({ runs, more }: { runs: readonly RunView[]; more: boolean }) {
  // A new answer of the server (after a refresh) begins anew.
  const ids = runs.map((run) => run.run_id).join(',')
  return <Running key={ids} runs={runs} more={more} />
}

function Running({ runs, more }: { runs: readonly RunView[]; more: boolean }) {
  const router = useRouter()
  const [rows, setRows] = useState<readonly LiveRun[]>(() => runs.map((run) => ({ run, series: {} })))
  const stream = useMemo(
    () => (runs.length === 0 ? null : { of: `runs=${runs.map((run) => run.run_id).join(',')}`, cursor: cursorOf(runs) }),
    [runs],
  )
  const connection = useStream(stream, (events) => {
    setRows((before) => applyEvents(before, events))
    // A run that ended makes room for another: what stands here is asked for again.
    if (events.some((event) => event.type === 'status' && isEnded(event.status))) router.refresh()
  })
  return (
    <Card>
      <CardHeader>
        <CardTitle>Now</CardTitle>
        {rows.length > 0 && <ConnectionNote connection={connection} live />}
      </CardHeader>
      <CardContent>
        {rows.length === 0 ? (
          <p className="flex items-center gap-2 text-[13px] text-muted-foreground">
            <Moon className="size-4" aria-hidden /> Nothing is training. <TextLink href="/sweeps/new">Start a sweep</TextLink>
          </p>
        ) : (
          <ul className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-3">
            {rows.map(({ run }) => (
              <RunningCard key={run.run_id} run={run} />
            ))}
          </ul>
        )}
        {more && (
          <TextLink href="/runs?filter=status+in+%28%27queued%27%2C+%27running%27%2C+%27stopping%27%29" className="mt-3 inline-block">
            All of them
          </TextLink>
        )}
      </CardContent>
    </Card>
  )
}

function RunningCard({ run }: { run: RunView }) {
  const dice = run.metrics['val/dice']
  return (
    <li className="relative rounded-lg border border-border p-3 transition-colors hover:border-input">
      <div className="flex items-center justify-between gap-2">
        <Link
          href={`/runs/${run.run_id}`}
          className="truncate rounded-sm text-[13px] font-medium after:absolute after:inset-0 after:rounded-lg"
          title={run.name}
        >
          <bdi>{run.name}</bdi>
        </Link>
        <StatusBadge status={run.status} />
      </div>
      <p className="truncate text-xs text-muted-foreground">
        {run.sweep_name ?? run.experiment_name} · {run.dataset}
        {run.dataset_synthetic && ' (synthetic)'}
      </p>
      <Progress
        className="mt-2"
        value={run.epochs_total === 0 ? null : run.epoch / run.epochs_total}
        label={`Epochs of ${run.name}`}
        valueText={`epoch ${run.epoch} of ${run.epochs_total}`}
        tone={run.status === 'queued' ? 'muted' : 'primary'}
      />
      <p className="num mt-1.5 flex h-4.5 justify-between gap-2 text-xs text-muted-foreground">
        <span>{run.status === 'queued' ? plural(run.epochs_total, 'epoch') : `epoch ${run.epoch} / ${run.epochs_total}`}</span>
        <span className="truncate">
          {dice !== undefined && `${metricLabel('val/dice')} ${formatNumber(dice.last, 3)}`}
          {run.eta_seconds !== null && run.status === 'running' && ` · ${formatDuration(run.eta_seconds)} left`}
        </span>
      </p>
    </li>
  )
}
