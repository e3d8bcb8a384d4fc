'use client'

import { memo, useEffect, useMemo, useRef } from 'react'
import { CartesianGrid, Line, LineChart as Recharts, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatNumber } from '@/app/lib/format.ts'
import { ChartTooltip } from './chart-tooltip.tsx'
import { type Curve } from './curve.ts'
import { type ChartRow, toRows } from './rows.ts'
import { thin, type XY } from './thin.ts'
import { type Axis, isNear, positionAxis, valueAxis } from './ticks.ts'

export interface LineChartProps {
  /** What the chart shows, for screen readers: its heading stands beside it. */
  label: string
  curves: readonly Curve[]
  height?: number
  /** Charts of one group share their crosshair. */
  group?: string
  /** Name of the x axis in the tooltip: "epoch", "step". */
  x?: string
  formatX?: (x: number) => string
  formatY?: (y: number) => string
  /** A dashed horizontal line, e.g. the baseline; left out of the frame where it is far from the curves. */
  reference?: { value: number; label: string }
  /** x always in view, e.g. the run's whole length, so that the curve grows into its frame instead of rescaling it. */
  xMax?: number
  integerX?: boolean
  onHover?: (curveId: string | null) => void
  /** Ids of the curves that stand out; the others are drawn faint. Null or empty: all alike. */
  highlight?: readonly string[] | null
}

const axis = { fontSize: 11, fill: 'var(--muted-foreground)' } as const

/** Ticks as short as they can be told apart: 0.85, 1e−4, 12. */
const tick = (value: number): string => formatNumber(Number(value.toPrecision(3)))

/** Curves over one x axis. Nothing animates: an epoch's point is there in the frame in which it arrives. */
export function LineChart({ highlight = null, ...chart }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  // Straight on the drawn lines: to draw some dozen curves anew each time the pointer moves would stutter.
  useEffect(() => {
    chart.curves.forEach((curve, i) => {
      const line = box.current?.querySelector<SVGElement>(`.curve-${i}`)
      if (line) line.style.opacity = highlight === null || highlight.length === 0 || highlight.includes(curve.id) ? '' : '0.2'
    })
  }, [chart.curves, highlight])
  return (
    <div ref={box} className="relative" style={{ height: chart.height ?? 200 }} role="group" aria-label={chart.label}>
      <Drawing {...chart} />
    </div>
  )
}

const Drawing = memo(function Drawing({
  curves,
  height = 200,
  group,
  x = 'epoch',
  formatX = (value) => formatNumber(value),
  formatY = (value) => formatNumber(value),
  reference,
  xMax,
  integerX = true,
  onHover,
}: Omit<LineChartProps, 'highlight'>) {
  const thinned = useMemo(() => curves.map((curve) => thin(curve.points)), [curves])
  const rows = useMemo(() => toRows(thinned), [thinned])
  const fewPoints = thinned.every((points) => points.length <= 40) && curves.length <= 8
  const empty = rows.length === 0
  const axes = useMemo(() => axesOf(thinned, rows, reference?.value, xMax, integerX), [thinned, rows, reference?.value, xMax, integerX])

  return (
    <>
      {empty && <p className="absolute inset-0 flex items-center justify-center pb-5 text-[13px] text-muted-foreground">No points yet</p>}
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 400, height }}>
        <Recharts data={rows} margin={{ top: 6, right: 8, bottom: 0, left: 0 }} syncId={group} syncMethod="value">
          <CartesianGrid stroke="var(--border)" vertical={false} />
          <XAxis
            dataKey="x"
            type="number"
            domain={axes.x.domain}
            ticks={axes.x.ticks}
            tick={axis}
            tickFormatter={formatX}
            tickLine={false}
            axisLine={{ stroke: 'var(--border)' }}
            height={22}
            minTickGap={28}
            scale="linear"
          />
          <YAxis
            width={46}
            domain={axes.y.domain}
            ticks={axes.y.ticks}
            tick={axis}
            tickFormatter={tick}
            tickLine={false}
            axisLine={false}
          />
          {!empty && (
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: 'var(--muted-foreground)', strokeDasharray: '3 3' }}
              wrapperStyle={{ zIndex: 20, outline: 'none' }}
              content={(props) => (
                <ChartTooltip
                  x={props.active === true ? Number(props.label) : null}
                  rows={rows}
                  curves={curves}
                  xName={x}
                  formatX={formatX}
                  formatY={formatY}
                />
              )}
            />
          )}
          {axes.reference !== null && <ReferenceLine y={axes.reference} stroke="var(--curve-baseline)" strokeDasharray="4 4" />}
          {curves.map((curve, i) => (
            <Line
              key={curve.id}
              dataKey={`c${i}`}
              name={curve.label}
              stroke={curve.colour}
              strokeDasharray={curve.dash}
              className={`curve-${i}`}
              strokeWidth={1.75}
              dot={fewPoints ? { r: 2, strokeWidth: 0, fill: curve.colour, strokeDasharray: '' } : false}
              activeDot={{ r: 4, strokeWidth: 0 }}
              isAnimationActive={false}
              connectNulls
              type="linear"
              onMouseEnter={onHover === undefined ? undefined : () => onHover(curve.id)}
              onMouseLeave={onHover === undefined ? undefined : () => onHover(null)}
            />
          ))}
        </Recharts>
      </ResponsiveContainer>
    </>
  )
})

interface Axes {
  x: Axis
  y: Axis
  /** Where the reference line is drawn, if it is. */
  reference: number | null
}

function axesOf(
  curves: readonly (readonly XY[])[],
  rows: readonly ChartRow[],
  reference: number | undefined,
  xMax: number | undefined,
  integerX: boolean,
): Axes {
  let least = Infinity
  let greatest = -Infinity
  for (const points of curves) {
    for (const { y } of points) {
      if (!Number.isFinite(y)) continue
      least = Math.min(least, y)
      greatest = Math.max(greatest, y)
    }
  }
  const first = rows[0]?.x ?? (integerX ? 1 : 0)
  const x = positionAxis(integerX ? Math.min(1, first) : first, Math.max(xMax ?? -Infinity, rows[rows.length - 1]?.x ?? 1), integerX)
  if (least > greatest) return { x, y: { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1] }, reference: null }
  if (reference === undefined || !isNear(reference, least, greatest)) return { x, y: valueAxis(least, greatest), reference: null }
  return { x, y: valueAxis(Math.min(least, reference), Math.max(greatest, reference)), reference }
}
