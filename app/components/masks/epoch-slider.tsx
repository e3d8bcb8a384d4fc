'use client'

import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Button } from '@/app/components/ui/button.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'

export interface EpochSliderProps {
  /** Last epoch of the longest run. */
  last: number
  epoch: number
  best: boolean
  onEpoch: (epoch: number) => void
  onBest: (best: boolean) => void
  /** Epochs of which at least one run has stored maps: the marks below the slider. */
  stored: readonly number[]
}

/** One slider for every run, or each run's own best epoch. The browser's own slider: it works with every keyboard and screen reader. */
export function EpochSlider({ last, epoch, best, onEpoch, onBest, stored }: EpochSliderProps) {
  const move = (by: number): void => onEpoch(Math.min(last, Math.max(1, epoch + by)))
  const share = (value: number): number => (last <= 1 ? 0.5 : (value - 1) / (last - 1))
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2">
      <Segmented
        label="Which epoch of each run"
        value={best ? 'best' : 'same'}
        onValueChange={(value) => onBest(value === 'best')}
        options={[
          { value: 'best', label: 'Best epoch of each' },
          { value: 'same', label: 'Same epoch' },
        ]}
      />
      <div className="flex min-w-64 flex-1 items-center gap-1.5">
        <Button variant="ghost" size="icon-sm" aria-label="One epoch back" disabled={!best && epoch <= 1} onClick={() => move(-1)}>
          <ChevronLeft aria-hidden />
        </Button>
        <div className="relative min-w-0 flex-1">
          <input
            type="range"
            min={1}
            max={last}
            step={1}
            value={epoch}
            aria-label="Epoch"
            aria-valuetext={
              best ? `best epoch of each run; move to choose one epoch, now ${epoch} of ${last}` : `epoch ${epoch} of ${last}`
            }
            onChange={(event) => onEpoch(Number(event.target.value))}
            className={`block h-6 w-full accent-primary ${best ? 'opacity-55' : ''}`}
          />
          <div className="pointer-events-none absolute inset-x-2 -bottom-0.5 h-1" aria-hidden>
            {stored.map((value) => (
              <span
                key={value}
                className="absolute size-1 -translate-x-1/2 rounded-full bg-muted-foreground"
                style={{ left: `${share(value) * 100}%` }}
              />
            ))}
          </div>
        </div>
        <Button variant="ghost" size="icon-sm" aria-label="One epoch on" disabled={!best && epoch >= last} onClick={() => move(1)}>
          <ChevronRight aria-hidden />
        </Button>
        <output className="num w-28 text-right text-[13px] font-medium whitespace-nowrap">
          {best ? 'best of each' : `epoch ${epoch} of ${last}`}
        </output>
      </div>
    </div>
  )
}
