import { type ReactNode } from 'react'
import { cn } from '@/app/lib/cn.ts'
import { formatNumber } from '@/app/lib/format.ts'
import { CurveSwatch } from './chart-tooltip.tsx'
import { type Curve } from './curve.ts'
import { LineChart, type LineChartProps } from './line-chart.tsx'

export interface ChartCardProps extends Omit<LineChartProps, 'label'> {
  title: string
  help?: ReactNode
  /** At the right of the title: the newest or best value. */
  value?: ReactNode
  className?: string
}

/** A chart under its title, with its legend; the legend's line is there from the start, so nothing moves when points come. */
export function ChartCard({ title, help, value, className, curves, ...chart }: ChartCardProps) {
  return (
    <section aria-label={title} className={cn('min-w-0 rounded-lg border border-border bg-card p-3 shadow-card', className)}>
      <div className="flex h-6 items-center gap-1">
        <h3 className="truncate text-[13px] font-semibold">{title}</h3>
        {help}
        {value !== undefined && <span className="num ml-auto truncate text-[13px] text-muted-foreground">{value}</span>}
      </div>
      <Legend curves={curves} reference={chart.reference} />
      <LineChart label={title} curves={curves} {...chart} />
    </section>
  )
}

function Legend({ curves, reference }: { curves: readonly Curve[]; reference: LineChartProps['reference'] }) {
  return (
    <ul className="mb-1 flex h-5 items-center gap-3 overflow-hidden text-xs text-muted-foreground">
      {curves.map((curve) => (
        <li key={curve.id} className="flex min-w-0 items-center gap-1.5">
          <CurveSwatch colour={curve.colour} dash={curve.dash} />
          <span className="truncate">{curve.label}</span>
        </li>
      ))}
      {reference !== undefined && <ReferenceKey {...reference} />}
    </ul>
  )
}

/** The reference line with its value: it may lie outside the frame. */
export function ReferenceKey({ value, label }: { value: number; label: string }) {
  return (
    <li className="num flex min-w-0 items-center gap-1.5">
      <CurveSwatch colour="var(--curve-baseline)" dash="4 4" />
      <span className="truncate">
        {label} {formatNumber(value, 3)}
      </span>
    </li>
  )
}
