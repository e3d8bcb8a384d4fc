/**
 * A small curve without axes: the shape of a metric over epochs. `label` says it in words.
 * @param values oldest first; values that are not finite are skipped
 */
export function Sparkline({
  values,
  label,
  width = 88,
  height = 24,
  className,
}: {
  values: readonly number[]
  label: string
  width?: number
  height?: number
  className?: string
}) {
  const finite = values.map((value, i) => ({ value, i })).filter((p) => Number.isFinite(p.value))
  if (finite.length === 0) return <span className="inline-block" style={{ width, height }} />
  const min = Math.min(...finite.map((p) => p.value))
  const max = Math.max(...finite.map((p) => p.value))
  const x = (i: number) => (values.length === 1 ? width / 2 : 2 + (i / (values.length - 1)) * (width - 4))
  const y = (value: number) => (max === min ? height / 2 : height - 3 - ((value - min) / (max - min)) * (height - 6))
  const last = finite[finite.length - 1]
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`} className={className}>
      <polyline
        points={finite.map((p) => `${x(p.i).toFixed(1)},${y(p.value).toFixed(1)}`).join(' ')}
        fill="none"
        stroke="var(--primary)"
        strokeWidth={1.5}
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      {last !== undefined && <circle cx={x(last.i)} cy={y(last.value)} r={2} fill="var(--primary)" />}
    </svg>
  )
}
