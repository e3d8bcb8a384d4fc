import { History, Trophy, Undo2 } from 'lucide-react'
import type { PromotionEventView } from '@/core/contracts/views.ts'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { LocalTime } from './local-time.tsx'

const numberAt = (json: unknown, ...path: string[]): number | null => {
  let at = json
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  return typeof at === 'number' ? at : null
}

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}`

/** What was known when it was decided, in one line. */
function evidenceLine(event: PromotionEventView): string {
  const { evidence } = event
  const mean = numberAt(evidence, 'difference', 'mean')
  const low = numberAt(evidence, 'difference', 'low')
  const high = numberAt(evidence, 'difference', 'high')
  const dice = numberAt(evidence, 'candidate', 'metrics', 'val/dice')
  const looks = numberAt(evidence, 'test_looks')
  const parts = [
    mean !== null && low !== null && high !== null
      ? `Dice difference ${signed(mean)} (${signed(low)} to ${signed(high)})`
      : dice === null
        ? ''
        : `validation Dice ${dice.toFixed(3)}`,
    looks === null ? '' : `test looks ${looks}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

/** Append-only: who moved which alias where, when and why; newest first. */
export function HistoryTimeline({ events }: { events: readonly PromotionEventView[] }) {
  if (events.length === 0) {
    return (
      <EmptyState icon={History} title="Nothing was promoted yet">
        Each promotion and rollback is kept here with its reason, and is never changed.
      </EmptyState>
    )
  }
  return (
    <ol className="flex flex-col">
      {events.map((event, i) => {
        const Icon = event.kind === 'rollback' ? Undo2 : Trophy
        const evidence = evidenceLine(event)
        return (
          <li key={`${event.at}-${i}`} className="relative flex gap-3 pb-5 last:pb-0">
            {i < events.length - 1 && <span className="absolute top-7 bottom-0 left-3.5 w-px bg-border" aria-hidden />}
            <span
              className={`inline-flex size-7 shrink-0 items-center justify-center rounded-full ${event.kind === 'rollback' ? 'bg-warning-soft text-warning' : 'bg-primary-soft text-primary'}`}
            >
              <Icon className="size-3.5" aria-hidden />
            </span>
            <div className="min-w-0 flex-1 text-[13px]">
              <p>
                <span className="font-semibold">
                  {event.alias} {event.kind === 'rollback' ? 'rolled back' : 'moved'}
                </span>{' '}
                <span className="num">
                  {event.from_version === null ? 'to version' : `from version ${event.from_version} to`} {event.to_version}
                </span>
              </p>
              <blockquote className="mt-0.5 break-words whitespace-pre-line">{event.reason}</blockquote>
              <p className="num mt-0.5 text-xs text-muted-foreground">
                {event.actor} · <LocalTime at={event.at} />
                {evidence !== '' && <span className="block">{evidence}</span>}
              </p>
            </div>
          </li>
        )
      })}
    </ol>
  )
}
