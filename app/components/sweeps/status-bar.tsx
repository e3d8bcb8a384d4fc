import { cn } from '@/app/lib/cn.ts'
import { type RunStatus } from '@/core/contracts/views.ts'

const PARTS: readonly { status: RunStatus; style: string }[] = [
  { status: 'finished', style: 'bg-success' },
  { status: 'running', style: 'bg-primary animate-pulse-soft' },
  { status: 'stopping', style: 'bg-warning' },
  { status: 'pruned', style: 'bg-input' },
  { status: 'cancelled', style: 'bg-input hatch' },
  { status: 'failed', style: 'bg-destructive' },
]

/** Shares of a sweep's runs by status; what is queued or not made yet stays empty. The figures stand beside it as text. */
export function StatusBar({ counts, total, className }: { counts: Partial<Record<RunStatus, number>>; total: number; className?: string }) {
  return (
    <div aria-hidden className={cn('flex h-1.5 w-full gap-px overflow-hidden rounded-full bg-border', className)}>
      {PARTS.map(({ status, style }) => {
        const count = counts[status] ?? 0
        return count === 0 ? null : <div key={status} className={style} style={{ width: `${(count / Math.max(1, total)) * 100}%` }} />
      })}
    </div>
  )
}
