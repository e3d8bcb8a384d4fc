import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import { type ReactNode } from 'react'
import { cn } from '@/app/lib/cn.ts'

const LOOK = {
  info: { icon: Info, style: 'border-info/30 bg-info-soft text-info' },
  success: { icon: CircleCheck, style: 'border-success/30 bg-success-soft text-success' },
  warning: { icon: TriangleAlert, style: 'border-warning/35 bg-warning-soft text-warning' },
  error: { icon: CircleAlert, style: 'border-destructive/35 bg-destructive-soft text-destructive' },
} as const

/** A banner within a page: what holds here, and what to do about it. */
export function Callout({
  tone = 'info',
  title,
  children,
  action,
  className,
}: {
  tone?: keyof typeof LOOK
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  const { icon: Icon, style } = LOOK[tone]
  return (
    <div
      role={tone === 'error' ? 'alert' : 'note'}
      className={cn('flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg border px-3.5 py-2.5 text-[13px]', style, className)}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 basis-48 break-words">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className="text-foreground">{children}</div>}
      </div>
      {action}
    </div>
  )
}
