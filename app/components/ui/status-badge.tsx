import { Ban, Check, CircleDashed, CirclePause, CircleX, LoaderCircle, Scissors, Square } from 'lucide-react'
import { type ComponentType } from 'react'
import { type JobView, type RunStatus, type SweepView } from '@/core/contracts/views.ts'
import { Badge, type BadgeProps } from './badge.tsx'

type AnyStatus = RunStatus | JobView['status'] | SweepView['state']

const LOOK: Record<AnyStatus, { variant: BadgeProps['variant']; icon: ComponentType<{ className?: string }>; spin?: boolean }> = {
  queued: { variant: 'outline', icon: CircleDashed },
  running: { variant: 'primary', icon: LoaderCircle, spin: true },
  stopping: { variant: 'warning', icon: Square },
  finished: { variant: 'success', icon: Check },
  failed: { variant: 'destructive', icon: CircleX },
  cancelled: { variant: 'neutral', icon: Ban },
  pruned: { variant: 'neutral', icon: Scissors },
  paused: { variant: 'warning', icon: CirclePause },
}

/** Status of a run, a job or a sweep: word and icon, so that colour is never alone. */
export function StatusBadge({ status, className }: { status: AnyStatus; className?: string }) {
  const { variant, icon: Icon, spin } = LOOK[status]
  return (
    <Badge variant={variant} className={className} data-status={status}>
      <Icon className={spin === true ? 'animate-spin [animation-duration:2.4s]' : undefined} aria-hidden />
      {status}
    </Badge>
  )
}
