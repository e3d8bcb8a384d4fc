import { cn } from '@/app/lib/cn.ts'

/**
 * A bar from 0 to 1; null while there is no telling.
 * @param valueText what a screen reader says, e.g. "epoch 3 of 10"
 */
export function Progress({
  value,
  label,
  valueText,
  className,
  tone = 'primary',
}: {
  value: number | null
  label: string
  valueText?: string
  className?: string
  tone?: 'primary' | 'muted'
}) {
  const share = value === null ? null : Math.min(1, Math.max(0, value))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      aria-valuetext={valueText}
      className={cn('h-1.5 w-full overflow-hidden rounded-full bg-border', className)}
    >
      <div
        className={cn(
          'h-full rounded-full transition-[width] duration-300',
          tone === 'primary' ? 'bg-primary' : 'bg-input',
          share === null && 'w-2/5 animate-pulse-soft',
        )}
        style={share === null ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  )
}
