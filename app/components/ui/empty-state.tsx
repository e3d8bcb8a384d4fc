import { type LucideIcon } from 'lucide-react'
import { type ReactNode } from 'react'
import { cn } from '@/app/lib/cn.ts'

/** Says what would stand here and what to do to get it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  className,
}: {
  icon?: LucideIcon
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  return (
    <div
      className={cn(
        'flex flex-col items-center justify-center gap-2 rounded-lg border border-dashed border-border px-6 py-12 text-center',
        className,
      )}
    >
      {Icon !== undefined && (
        <span className="mb-1 inline-flex size-10 items-center justify-center rounded-full bg-primary-soft text-primary">
          <Icon className="size-5" aria-hidden />
        </span>
      )}
      <p className="text-sm font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-prose text-[13px] text-muted-foreground">{children}</div>}
      {action !== undefined && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}
