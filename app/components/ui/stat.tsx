import { type ReactNode } from 'react'
import { cn } from '@/app/lib/cn.ts'

/** One figure with its name. The second line is always there, empty or not, so that figures that come later move nothing. */
export function Stat({
  label,
  value,
  detail,
  className,
  children,
}: {
  label: ReactNode
  value: ReactNode
  detail?: ReactNode
  className?: string
  children?: ReactNode
}) {
  return (
    <div className={cn('min-w-0 px-4 py-3', className)}>
      <dt className="flex h-5 items-center text-xs text-muted-foreground">{label}</dt>
      <dd>
        <span className="num block truncate text-lg leading-7 font-semibold">{value}</span>
        <span className="num block h-4.5 truncate text-xs text-muted-foreground">{detail}</span>
        {children}
      </dd>
    </div>
  )
}

/** Figures side by side, wrapping on narrow screens. */
export function StatGrid({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl
      className={cn(
        'grid grid-cols-2 overflow-hidden rounded-lg border border-border bg-card shadow-card sm:grid-cols-3 xl:flex [&>div]:border-border [&>div]:xl:flex-1 [&>div+div]:xl:border-l',
        className,
      )}
    >
      {children}
    </dl>
  )
}
