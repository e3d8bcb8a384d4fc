import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { formatNumber, NONE } from '@/app/lib/format.ts'
import { binValues, median } from './bins.ts'

const short = (value: number): string => formatNumber(Number(value.toPrecision(4)))

/** How values spread, as bars; said in words for those who do not see them. */
export function Histogram({
  title,
  values,
  unit,
  note,
  whole = false,
  of = 'images',
}: {
  title: string
  values: readonly number[]
  unit: string
  note?: string
  whole?: boolean
  of?: string
}) {
  const bins = binValues(values, 28, whole)
  const most = Math.max(1, ...bins.map((bin) => bin.count))
  const middle = median(values)
  const least = values.length === 0 ? 0 : Math.min(...values)
  const greatest = values.length === 0 ? 0 : Math.max(...values)
  const summary = values.length === 0 ? 'no values' : `median ${short(middle ?? 0)} ${unit}, from ${short(least)} to ${short(greatest)}`
  return (
    <Card>
      <CardHeader className="pb-0">
        <CardTitle>
          {title} {note !== undefined && <span className="font-normal text-muted-foreground">· {note}</span>}
        </CardTitle>
        <span className="num text-[13px] text-muted-foreground">{middle === null ? NONE : `median ${short(middle)} ${unit}`}</span>
      </CardHeader>
      <CardContent className="pb-3">
        <div role="img" aria-label={`${title}: ${summary}`} className="flex h-24 items-end gap-px border-b border-border">
          {bins.map((bin) => (
            <div
              key={bin.from}
              className="flex h-full min-w-0 flex-1 items-end"
              title={`${short(bin.from)} to ${short(whole ? bin.to - 1 : bin.to)}: ${bin.count} ${of}`}
            >
              <div
                className="w-full rounded-t-[2px] bg-primary/75"
                style={{ height: bin.count === 0 ? 0 : `max(2px, ${(bin.count / most) * 100}%)` }}
              />
            </div>
          ))}
        </div>
        <div className="num mt-1 flex justify-between text-xs text-muted-foreground" aria-hidden>
          <span>{bins[0] === undefined ? '' : short(bins[0].from)}</span>
          <span>{bins.length === 0 ? '' : `${short(bins.at(-1)?.to ?? 0)} ${unit}`}</span>
        </div>
      </CardContent>
    </Card>
  )
}
