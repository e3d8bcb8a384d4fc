'use client'

import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { ChartCard } from '@/app/components/charts/chart-card.tsx'
import { type Curve, curveStyle } from '@/app/components/charts/curve.ts'
import { Button } from '@/app/components/ui/button.tsx'
import { metricLabel } from '@/app/lib/format.ts'
import type { LiveRun } from '@/app/lib/live-state.ts'
import { fromWire } from '@/core/contracts/views.ts'
import { CURVE_KEYS, FIRST_CURVES } from './curve-keys.ts'

/** Up to so many runs SVG charts with tooltips are quick enough; beyond, one canvas a chart. */
const SVG_RUNS = 10

interface ManyCurvesProps {
  title: string
  curves: readonly Curve[]
  highlighted: string | null
}

/** The canvas chart asks for the browser's language while it loads, and fails where that is none: slower charts are better than none. */
const ManyCurves = dynamic<ManyCurvesProps>(
  () =>
    import('./many-curves.tsx').then(
      (module) => module.ManyCurves,
      () => SvgCurves,
    ),
  { ssr: false, loading: () => <div className="h-75 rounded-lg border border-border bg-card" /> },
)

function SvgCurves({ title, curves, highlighted }: ManyCurvesProps) {
  return <ChartCard title={title} curves={curves.map((curve) => ({ ...curve, faint: highlighted !== null && highlighted !== curve.id }))} />
}

/** @param unlike ids, joined by commas, of runs that are not comparable: drawn faint */
export function CompareCurves({ runs, unlike }: { runs: readonly LiveRun[]; unlike: string }) {
  const [all, setAll] = useState(false)
  const [highlighted, setHighlighted] = useState<string | null>(null)
  const curves = useMemo(() => new Map(CURVE_KEYS.map((key) => [key, curvesOf(runs, key, unlike)])), [runs, unlike])
  const keys = CURVE_KEYS.filter((key) => FIRST_CURVES.includes(key) || curves.get(key)?.some((curve) => curve.points.length > 0))
  const shown = all ? keys : keys.filter((key) => FIRST_CURVES.includes(key))
  const last = Math.max(1, ...runs.map(({ run }) => run.epochs_total))
  return (
    <div className="flex flex-col gap-3">
      {runs.length > SVG_RUNS && (
        <label className="flex items-center gap-2 text-[13px]">
          <span className="text-muted-foreground">Bring out</span>
          <select
            className="h-8.5 max-w-72 rounded-md border border-input bg-card px-2 text-sm"
            value={highlighted ?? ''}
            onChange={(event) => setHighlighted(event.target.value === '' ? null : event.target.value)}
          >
            <option value="">no single run</option>
            {runs.map(({ run }) => (
              <option key={run.run_id} value={run.run_id}>
                {run.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="grid gap-3 md:grid-cols-2 2xl:grid-cols-4">
        {shown.map((key) =>
          runs.length <= SVG_RUNS ? (
            <ChartCard
              key={key}
              title={metricLabel(key)}
              curves={curves.get(key) ?? []}
              group="compare"
              xMax={last}
              formatX={(x) => String(x)}
            />
          ) : (
            <ManyCurves key={key} title={metricLabel(key)} curves={curves.get(key) ?? []} highlighted={highlighted} />
          ),
        )}
      </div>
      {keys.length > FIRST_CURVES.length && (
        <div>
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Fewer curves' : 'More curves'}
          </Button>
        </div>
      )}
    </div>
  )
}

function curvesOf(runs: readonly LiveRun[], key: string, unlike: string): Curve[] {
  return runs.map(({ run, series }, i) => ({
    id: run.run_id,
    label: run.name,
    ...curveStyle(i),
    faint: unlike.includes(run.run_id),
    points: (series[key] ?? []).map((point) => ({ x: point.step, y: fromWire(point.value) })),
  }))
}
