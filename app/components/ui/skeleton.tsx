import { cn } from '@/app/lib/cn.ts'

/** Holds the place of what is still on its way; give it the final size, so that nothing moves. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-pulse-soft rounded-md bg-muted', className)} />
}
