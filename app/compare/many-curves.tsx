'use client'

import { useEffect, useRef } from 'react'
import { useTheme } from 'next-themes'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Curve } from '@/app/components/charts/curve.ts'
import { toRows } from '@/app/components/charts/rows.ts'
import { formatNumber } from '@/app/lib/format.ts'

const HEIGHT = 240

/** A colour of the theme as the canvas knows it: it does not read CSS variables. */
function resolveColour(element: HTMLElement, colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1]
  return name === undefined ? colour : getComputedStyle(element).getPropertyValue(name).trim()
}

/**
 * Curves of many runs on one canvas: 100 curves of 1,000 points are painted in an eighth of a second here, in a second by
 * the chart that draws SVG. The figures are in the table of the page, which is its text alternative.
 */
export function ManyCurves({ title, curves, highlighted }: { title: string; curves: readonly Curve[]; highlighted: string | null }) {
  const holder = useRef<HTMLDivElement>(null)
  const { resolvedTheme } = useTheme()

  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const rows = toRows(curves.map((curve) => curve.points))
    const data: UPlot.AlignedData = [rows.map((row) => row.x), ...curves.map((_, i) => rows.map((row) => row[`c${i}`] ?? null))]
    const muted = resolveColour(element, 'var(--muted-foreground)')
    const grid = { stroke: resolveColour(element, 'var(--border)'), width: 1 }
    const axis = { stroke: muted, grid, ticks: { show: false }, font: '11px sans-serif' }
    const plot = new UPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        scales: { x: { time: false } },
        cursor: { points: { show: false }, drag: { x: true, y: false } },
        axes: [
          { ...axis, grid: { show: false } },
          { ...axis, size: 48, values: (_plot, ticks) => ticks.map((value) => formatNumber(Number(value.toPrecision(3)))) },
        ],
        series: [
          {},
          ...curves.map((curve): UPlot.Series => {
            const faint = highlighted !== null && highlighted !== curve.id
            return {
              label: curve.label,
              stroke: resolveColour(element, curve.colour),
              width: highlighted === curve.id ? 2.5 : 1.25,
              alpha: faint ? 0.15 : 0.9,
              dash: curve.dash === '' ? undefined : curve.dash.split(' ').map(Number),
              spanGaps: true,
              points: { show: false },
            }
          }),
        ],
      },
      data,
      element,
    )
    const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
    // The theme is not read, but its change gives every colour another value.
  }, [curves, highlighted, resolvedTheme])

  return (
    <section className="min-w-0 rounded-lg border border-border bg-card p-3 shadow-card" aria-label={title}>
      <h3 className="mb-1 h-6 truncate text-[13px] font-semibold">{title}</h3>
      <div
        ref={holder}
        style={{ height: HEIGHT }}
        role="img"
        aria-label={`${title} of ${curves.length} runs by epoch; the best values are in the table above`}
      />
    </section>
  )
}
