'use client'

import { StatusBar } from '@/app/components/sweeps/status-bar.tsx'
import { Stat, StatGrid } from '@/app/components/ui/stat.tsx'
import { formatDuration, formatNumber, metricLabel, NONE, plural } from '@/app/lib/format.ts'
import { isEnded, type SweepView } from '@/core/contracts/views.ts'
import { countByStatus, type RankedRun } from './ranking.ts'

/** How far the sweep is and what it has found. */
export function SweepSummary({
  sweep,
  rows,
  baseline,
  now,
}: {
  sweep: SweepView
  rows: readonly RankedRun[]
  baseline: Record<string, number> | null
  now: number
}) {
  const counts = countByStatus(rows)
  const done = rows.filter(({ run }) => isEnded(run.status)).length
  const planned = Math.max(sweep.run_cap, rows.length)
  const best = rows[0]?.best ?? null
  const reference = baseline?.[sweep.metric.name]
  const running = rows.filter(({ run }) => run.status === 'running' || run.status === 'stopping')
  const speed = running.reduce((sum, { run }) => sum + (run.images_per_second ?? 0), 0)
  const trained = rows.reduce((sum, { run }) => sum + (run.started_at === null ? 0 : (run.ended_at ?? now) - run.started_at), 0) / 1000
  return (
    <StatGrid>
      <Stat label="Runs" value={`${done} / ${planned}`} detail={describe(counts)} className="col-span-2 sm:col-span-1">
        <StatusBar counts={counts} total={planned} className="mt-1.5" />
      </Stat>
      <Stat
        label={`Best ${metricLabel(sweep.metric.name)}`}
        value={formatNumber(best?.value, 4)}
        detail={best === null ? 'after the first epoch' : `${rows[0]?.run.name ?? ''}, epoch ${best.epoch}`}
      />
      <Stat
        label="Over Otsu + watershed"
        value={best === null || reference === undefined ? NONE : signed(best.value - reference)}
        detail={reference === undefined ? '' : `baseline ${formatNumber(reference, 3)}`}
      />
      <Stat
        label="Running now"
        value={running.length}
        detail={speed > 0 ? `${formatNumber(speed, 1)} images/s` : sweep.state === 'paused' ? 'paused' : ''}
      />
      <Stat
        label="Training time"
        value={formatDuration(trained)}
        detail={`method ${sweep.method}${sweep.spec.early_terminate === undefined ? '' : ', hyperband'}`}
      />
    </StatGrid>
  )
}

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${formatNumber(Math.abs(value), 3)}`

function describe(counts: ReturnType<typeof countByStatus>): string {
  const words = (['running', 'queued', 'failed', 'pruned', 'cancelled'] as const)
    .filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => `${counts[status] ?? 0} ${status}`)
  return words.length === 0 ? plural(counts.finished ?? 0, 'run finished', 'runs finished') : words.join(', ')
}
