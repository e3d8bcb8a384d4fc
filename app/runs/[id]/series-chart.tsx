'use client'

import { memo, type ReactNode, useMemo } from 'react'
import { ChartCard } from '@/app/components/charts/chart-card.tsx'
import { curveStyle } from '@/app/components/charts/curve.ts'
import { formatDuration, formatNumber } from '@/app/lib/format.ts'
import { fromWire, type PointView } from '@/core/contracts/views.ts'

export type Series = Readonly<Record<string, readonly PointView[]>>

export interface SeriesChartProps {
  title: string
  help?: ReactNode
  series: Series
  /** Key and label of each curve. */
  curves: readonly (readonly [string, string])[]
  x?: 'epoch' | 'step' | 'time'
  /** Where the time axis begins, milliseconds. */
  from?: number
  xMax?: number
  group?: string
  digits?: number
  unit?: string
  /** Otsu + watershed of the first curve's metric. */
  baseline?: number
}

/** Some of a run's curves. Drawn anew only when one of them has new points: others grow every second. */
export const SeriesChart = memo(function SeriesChart({
  title,
  help,
  series,
  curves,
  x = 'epoch',
  from = 0,
  xMax,
  group,
  digits,
  unit,
  baseline,
}: SeriesChartProps) {
  const drawn = useMemo(
    () =>
      curves.map(([key, label], i) => ({
        id: key,
        label,
        ...curveStyle(i),
        points: (series[key] ?? []).map((point) => ({
          x: x === 'time' ? Math.round((point.at - from) / 1000) : point.step,
          y: fromWire(point.value),
        })),
      })),
    [curves, series, x, from],
  )
  const last = series[curves[0]?.[0] ?? '']?.at(-1)
  const format = (value: number): string => (unit === undefined ? formatNumber(value) : `${formatNumber(Math.round(value))} ${unit}`)
  return (
    <ChartCard
      title={title}
      help={help}
      value={
        last === undefined ? undefined : `last ${unit === undefined ? formatNumber(last.value, digits) : format(fromWire(last.value))}`
      }
      curves={drawn}
      group={group}
      xMax={xMax}
      x={x === 'time' ? 'after' : x}
      integerX={x !== 'time'}
      formatX={x === 'time' ? formatDuration : undefined}
      formatY={format}
      reference={baseline === undefined ? undefined : { value: baseline, label: 'Otsu + watershed' }}
    />
  )
}, same)

/** Whether a chart would look the same. */
function same(before: SeriesChartProps, after: SeriesChartProps): boolean {
  return (
    before.title === after.title &&
    before.xMax === after.xMax &&
    before.from === after.from &&
    before.baseline === after.baseline &&
    before.curves.length === after.curves.length &&
    after.curves.every(([key], i) => before.curves[i]?.[0] === key && before.series[key] === after.series[key])
  )
}
