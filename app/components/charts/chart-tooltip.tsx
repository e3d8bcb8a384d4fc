import { formatNumber } from '@/app/lib/format.ts'
import { type Curve } from './curve.ts'
import { type ChartRow } from './rows.ts'

const MOST_LINES = 12

/** What the curves say at one x, greatest first. */
export function ChartTooltip({
  x,
  rows,
  curves,
  xName,
  formatX,
  formatY = (value) => formatNumber(value),
}: {
  x: number | null
  rows: readonly ChartRow[]
  curves: readonly Curve[]
  xName: string
  formatX: (x: number) => string
  formatY?: (y: number) => string
}) {
  const row = x === null ? undefined : rows.find((candidate) => candidate.x === x)
  if (row === undefined || x === null) return null
  const lines = curves
    .map((curve, i) => ({ curve, value: row[`c${i}`] }))
    .filter((line): line is { curve: Curve; value: number } => typeof line.value === 'number')
    .sort((a, b) => b.value - a.value)
  if (lines.length === 0) return null
  return (
    <div className="max-w-72 rounded-md border border-border bg-popover px-2.5 py-1.5 text-xs shadow-popover">
      <p className="num mb-0.5 text-muted-foreground">
        {xName} {formatX(x)}
      </p>
      <ul>
        {lines.slice(0, MOST_LINES).map(({ curve, value }) => (
          <li key={curve.id} className="flex items-center gap-2">
            <CurveSwatch colour={curve.colour} dash={curve.dash} />
            <span className="min-w-0 flex-1 truncate">{curve.label}</span>
            <span className="num font-medium">{formatY(value)}</span>
          </li>
        ))}
      </ul>
      {lines.length > MOST_LINES && <p className="text-muted-foreground">and {lines.length - MOST_LINES} more</p>}
    </div>
  )
}

/** The line of a curve as its legend shows it. */
export function CurveSwatch({ colour, dash }: { colour: string; dash: string }) {
  return (
    <svg width="18" height="8" aria-hidden className="shrink-0">
      <line x1="0" y1="4" x2="18" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
    </svg>
  )
}
