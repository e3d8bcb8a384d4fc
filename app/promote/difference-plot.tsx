import { metricLabel } from '@/app/lib/format.ts'
import type { PromotionReview } from '@/core/contracts/views.ts'

export const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}`

/** The difference and its interval on a line with zero in the middle. */
export function DifferencePlot({ difference }: { difference: NonNullable<PromotionReview['difference']> }) {
  const { mean, low, high, tied } = difference
  const reach = Math.max(Math.abs(low), Math.abs(high), 0.01) * 1.15
  const at = (value: number): number => 50 + (value / reach) * 50
  const words = `${metricLabel(difference.metric)}, candidate minus champion: ${signed(mean)}, 95 % interval ${signed(low)} to ${signed(high)}${tied ? ', tied' : ''}`
  return (
    <figure>
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-4 text-[13px]">
        <span className="text-muted-foreground">{metricLabel(difference.metric)}, candidate minus champion</span>
        <span className="num">
          <b className="text-base font-semibold">{signed(mean)}</b>{' '}
          <span className="text-muted-foreground">
            ({signed(low)} to {signed(high)})
          </span>
        </span>
      </figcaption>
      <div role="img" aria-label={words} className="relative mt-2 h-8">
        <div className="absolute inset-x-0 top-1/2 h-px bg-border" />
        <div className="absolute inset-y-1 left-1/2 w-px bg-muted-foreground" />
        <div
          className={`absolute top-1/2 h-2 -translate-y-1/2 rounded-full ${tied ? 'bg-input' : 'bg-primary/50'}`}
          style={{ left: `${at(low)}%`, width: `${Math.max(0.5, at(high) - at(low))}%` }}
        />
        <div
          className={`absolute top-1/2 size-3 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-card ${tied ? 'bg-muted-foreground' : 'bg-primary'}`}
          style={{ left: `${at(mean)}%` }}
        />
      </div>
      <div className="flex justify-between text-xs text-muted-foreground" aria-hidden>
        <span>champion better</span>
        <span>0</span>
        <span>candidate better</span>
      </div>
      <p className="mt-2 text-xs text-muted-foreground">
        Mean over images; 95 % interval by a paired bootstrap over whole fields.
        {tied &&
          ' It holds zero: these images cannot tell the two apart, so prefer the simpler or smaller model, or measure on more fields.'}
      </p>
    </figure>
  )
}
