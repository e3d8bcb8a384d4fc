'use client'

import { useEffect, useState } from 'react'
import { Progress } from '@/app/components/ui/progress.tsx'
import { Stat, StatGrid } from '@/app/components/ui/stat.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { formatDuration, formatNumber, METRIC_HELP, metricLabel, NONE } from '@/app/lib/format.ts'
import { isEnded, type PointView, type RunView, type WireNumber } from '@/core/contracts/views.ts'

/** What a curve says at an epoch: the newest value there or before. */
const valueAt = (points: readonly PointView[] | undefined, epoch: number | null): WireNumber | null =>
  (epoch === null ? points?.at(-1) : points?.findLast((point) => point.step <= epoch))?.value ?? null

const againstBaseline = (baseline: Record<string, number> | null, key: string): string => {
  const value = baseline?.[key]
  return value === undefined ? '' : `Otsu ${formatNumber(value, 3)}`
}

/** How far the run is, how good, how fast. */
export function RunProgress({
  run,
  series,
  metric,
  baseline,
  now,
}: {
  run: RunView
  series: Readonly<Record<string, readonly PointView[]>>
  metric: string
  baseline: Record<string, number> | null
  now: number
}) {
  const ended = isEnded(run.status)
  const elapsed = useElapsed(run.started_at, run.ended_at, now)
  const share = run.epochs_total === 0 ? null : run.epoch / run.epochs_total
  const left = ended
    ? ''
    : run.status === 'queued'
      ? 'waiting for a trainer'
      : run.eta_seconds === null
        ? 'time left not known yet'
        : `${formatDuration(run.eta_seconds)} left`
  const other = metric === 'val/dice' ? 'val/ap50' : 'val/dice'
  return (
    <StatGrid>
      <Stat label="Epoch" value={`${run.epoch} / ${run.epochs_total}`} detail={run.status === 'failed' ? '' : run.message || left}>
        <Progress
          value={ended ? (run.status === 'finished' ? 1 : share) : share}
          label="Epochs"
          valueText={`epoch ${run.epoch} of ${run.epochs_total}`}
          className="mt-1.5"
          tone={ended ? 'muted' : 'primary'}
        />
      </Stat>
      <Stat
        label={
          <>
            Best {metricLabel(metric)}
            {METRIC_HELP[metric] !== undefined && <HelpTip label={metricLabel(metric)}>{METRIC_HELP[metric]}</HelpTip>}
          </>
        }
        value={formatNumber(run.best_value, 4)}
        detail={[run.best_epoch === null ? '' : `at epoch ${run.best_epoch}`, againstBaseline(baseline, metric)].filter(Boolean).join(', ')}
      />
      {[other, 'val/map'].map((key) => (
        <Stat
          key={key}
          label={
            <>
              {metricLabel(key)}
              {METRIC_HELP[key] !== undefined && <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>}
            </>
          }
          value={formatNumber(valueAt(series[key], run.best_epoch), 3)}
          detail={againstBaseline(baseline, key) || (run.best_epoch === null ? '' : `at epoch ${run.best_epoch}`)}
        />
      ))}
      <Stat
        label="Speed"
        value={run.images_per_second === null ? NONE : `${formatNumber(run.images_per_second, 1)} images/s`}
        detail={run.step === 0 ? '' : `step ${run.step.toLocaleString('en-US')}`}
      />
      <Stat label={ended ? 'Took' : 'Running for'} value={formatDuration(elapsed)} detail={ended ? '' : left} />
    </StatGrid>
  )
}

/** Seconds between start and end, or now. */
function useElapsed(startedAt: number | null, endedAt: number | null, now: number): number | null {
  const [current, setCurrent] = useState(now)
  useEffect(() => {
    if (startedAt === null || endedAt !== null) return
    const timer = setInterval(() => setCurrent(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [startedAt, endedAt])
  return startedAt === null ? null : Math.max(0, (endedAt ?? current) - startedAt) / 1000
}
