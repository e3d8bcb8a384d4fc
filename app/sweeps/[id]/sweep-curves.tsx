'use client'

import { useMemo, useState } from 'react'
import { ReferenceKey } from '@/app/components/charts/chart-card.tsx'
import { curveStyle } from '@/app/components/charts/curve.ts'
import { LineChart } from '@/app/components/charts/line-chart.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { METRIC_HELP, metricLabel } from '@/app/lib/format.ts'
import { fromWire, type SweepView } from '@/core/contracts/views.ts'
import { curveKeys, type RankedRun } from './ranking.ts'

/** The runs' curves over each other; the one under the pointer, or those selected, stand out. */
export function SweepCurves({
  sweep,
  rows,
  baseline,
  selected,
  hovered,
  onHover,
}: {
  sweep: SweepView
  rows: readonly RankedRun[]
  baseline: Record<string, number> | null
  selected: ReadonlySet<string>
  hovered: string | null
  onHover: (runId: string | null) => void
}) {
  const [key, setKey] = useState(sweep.metric.name)
  const curves = useMemo(
    () =>
      rows.map(({ run, series }) => ({
        id: run.run_id,
        label: run.name,
        points: (series[key] ?? []).map((point) => ({ x: point.step, y: fromWire(point.value) })),
        ...curveStyle((run.ordinal ?? 1) - 1),
      })),
    [rows, key],
  )
  const highlight = useMemo(() => (hovered !== null ? [hovered] : [...selected]), [hovered, selected])
  const longest = Math.max(1, ...rows.map(({ run }) => run.epochs_total))
  const level = baseline?.[key]
  const reference = useMemo(() => (level === undefined ? undefined : { value: level, label: 'Otsu + watershed' }), [level])
  return (
    <Card>
      <CardHeader>
        <div className="flex items-center gap-1">
          <CardTitle>{metricLabel(key)} by epoch</CardTitle>
          {METRIC_HELP[key] !== undefined && <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>}
        </div>
        <Segmented
          label="Metric"
          value={key}
          onValueChange={setKey}
          options={curveKeys(sweep.metric.name).map((value) => ({ value, label: SHORT[value] ?? metricLabel(value) }))}
          className="max-w-full overflow-x-auto"
        />
      </CardHeader>
      <CardContent className="pr-2 pl-2">
        <ul className="mb-1 flex h-5 items-center gap-3 px-2 text-xs text-muted-foreground">
          {reference !== undefined && <ReferenceKey {...reference} />}
        </ul>
        <LineChart
          label={`${metricLabel(key)} of each run by epoch`}
          curves={curves}
          height={320}
          xMax={longest > 1 ? longest : undefined}
          reference={reference}
          onHover={onHover}
          highlight={highlight}
        />
      </CardContent>
    </Card>
  )
}

const SHORT: Record<string, string> = { 'val/loss': 'Val. loss', 'train/loss': 'Train loss' }
