'use client'

import { memo } from 'react'
import { ChartCard } from '@/app/components/charts/chart-card.tsx'
import { type Curve, curveStyle } from '@/app/components/charts/curve.ts'
import { type XY } from '@/app/components/charts/thin.ts'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { formatDuration, formatNumber, METRIC_HELP, metricLabel } from '@/app/lib/format.ts'
import { fromWire, type PointView, type RunView } from '@/core/contracts/views.ts'

type Series = Readonly<Record<string, readonly PointView[]>>

const byStep = (points: readonly PointView[] | undefined): XY[] =>
  (points ?? []).map((point) => ({ x: point.step, y: fromWire(point.value) }))

const newest = (series: Series, key: string, digits?: number): string | undefined => {
  const point = series[key]?.at(-1)
  return point === undefined ? undefined : formatNumber(point.value, digits)
}

/** Curves of some keys: the first solid, the next dashed. */
function curves(series: Series, keys: readonly { key: string; label: string }[]): Curve[] {
  return keys.map(({ key, label }, i) => ({ id: key, label, points: byStep(series[key]), ...curveStyle(i) }))
}

/** The run's curves. Those of epochs share one crosshair. */
export const RunCharts = memo(function RunCharts({
  run,
  series,
  baseline,
}: {
  run: RunView
  series: Series
  baseline: Record<string, number> | null
}) {
  const group = `run-${run.run_id}`
  const xMax = run.epochs_total > 1 ? run.epochs_total : undefined
  const epochs = { group, xMax }
  const reference = (key: string) => (baseline?.[key] === undefined ? undefined : { value: baseline[key], label: 'Otsu + watershed' })
  const help = (key: string) => <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>
  const strata = Object.keys(series).filter((key) => key.startsWith('val/dice@'))
  return (
    <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
      <ChartCard
        title="Dice"
        help={help('val/dice')}
        value={newest(series, 'val/dice', 4)}
        {...epochs}
        reference={reference('val/dice')}
        curves={curves(series, [{ key: 'val/dice', label: 'validation' }])}
      />
      <ChartCard
        title="Loss"
        value={newest(series, 'val/loss', 4)}
        {...epochs}
        curves={curves(series, [
          { key: 'val/loss', label: 'validation' },
          { key: 'train/loss', label: 'training' },
        ])}
      />
      <ChartCard
        title="Nuclei found"
        help={help('val/ap50')}
        value={newest(series, 'val/ap50', 3)}
        {...epochs}
        reference={reference('val/ap50')}
        curves={curves(series, [
          { key: 'val/ap50', label: 'AP50' },
          { key: 'val/map', label: 'mAP' },
        ])}
      />
      <ChartCard
        title="Accuracy"
        help={help('val/accuracy')}
        value={newest(series, 'val/accuracy', 4)}
        {...epochs}
        curves={curves(series, [
          { key: 'val/accuracy', label: 'validation' },
          { key: 'train/accuracy', label: 'training' },
        ])}
      />
      {strata.length > 1 && (
        <ChartCard
          title="Dice by stratum"
          {...epochs}
          curves={curves(
            series,
            strata.map((key) => ({ key, label: key.split('@')[1] ?? key })),
          )}
        />
      )}
      <ChartCard
        title="Batch loss"
        value={newest(series, 'train/batch_loss', 4)}
        x="step"
        curves={curves(series, [{ key: 'train/batch_loss', label: 'training, each batch' }])}
      />
      <ChartCard
        title="Learning rate"
        value={newest(series, 'train/learning_rate')}
        {...epochs}
        curves={curves(series, [{ key: 'train/learning_rate', label: 'at the end of each epoch' }])}
      />
      <SystemChart
        run={run}
        series={series}
        title="Processor"
        keys={[
          { key: 'system/cpu_percent', label: 'CPU' },
          { key: 'system/gpu_percent', label: 'GPU' },
        ]}
        unit="%"
      />
      <SystemChart
        run={run}
        series={series}
        title="Memory"
        keys={[
          { key: 'system/rss_mb', label: 'process' },
          { key: 'system/gpu_memory_mb', label: 'GPU' },
        ]}
        unit="MB"
      />
    </div>
  )
})

function SystemChart({
  run,
  series,
  title,
  keys,
  unit,
}: {
  run: RunView
  series: Series
  title: string
  keys: { key: string; label: string }[]
  unit: string
}) {
  const from = run.started_at ?? run.created_at
  const shown = keys.filter(({ key }, i) => i === 0 || series[key] !== undefined)
  const last = series[shown[0]?.key ?? '']?.at(-1)
  return (
    <ChartCard
      title={title}
      value={last === undefined ? undefined : `${formatNumber(Math.round(fromWire(last.value)))} ${unit}`}
      x="after"
      integerX={false}
      formatX={(seconds) => formatDuration(seconds)}
      formatY={(value) => `${formatNumber(Math.round(value))} ${unit}`}
      curves={shown.map(({ key, label }, i) => ({
        id: key,
        label,
        ...curveStyle(i),
        points: (series[key] ?? []).map((point) => ({ x: Math.round((point.at - from) / 1000), y: fromWire(point.value) })),
      }))}
    />
  )
}
