'use client'

import { cn } from '@/app/lib/cn.ts'
import { type StartingPoint } from './starting-points.ts'

interface StartingCardsProps {
  points: readonly StartingPoint[]
  chosen: string | null
  onChoose: (point: StartingPoint) => void
}

export function StartingCards({ points, chosen, onChoose }: StartingCardsProps) {
  return (
    <section aria-labelledby="start-from">
      <h2 id="start-from" className="mb-2 text-sm font-semibold">
        Start from
      </h2>
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {points.map((point) => (
          <button
            key={point.id}
            type="button"
            aria-pressed={chosen === point.id}
            onClick={() => onChoose(point)}
            className={cn(
              'flex flex-col items-start rounded-lg border bg-card p-3 text-left shadow-card transition-colors',
              chosen === point.id ? 'border-primary ring-1 ring-primary' : 'border-border hover:border-input',
            )}
          >
            <span className="flex w-full items-baseline justify-between gap-2">
              <span className="text-[13px] font-semibold">{point.title}</span>
              <span className="num text-xs whitespace-nowrap text-muted-foreground">{point.runs}</span>
            </span>
            <span className="mt-1 text-xs text-muted-foreground">{point.description}</span>
          </button>
        ))}
      </div>
    </section>
  )
}
