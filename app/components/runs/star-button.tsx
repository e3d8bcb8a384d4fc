'use client'

import { Star } from 'lucide-react'
import { toast } from 'sonner'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { cn } from '@/app/lib/cn.ts'

/** Marks a run as a favourite. Shown at once, taken back when the server refuses. */
export function StarButton({
  runId,
  name,
  starred,
  onChange,
}: {
  runId: string
  name: string
  starred: boolean
  onChange: (starred: boolean) => void
}) {
  const toggle = async () => {
    onChange(!starred)
    try {
      await callApi(`runs/${runId}`, { method: 'PATCH', body: { starred: !starred } })
    } catch (thrown) {
      onChange(starred)
      toast.error(errorMessage(thrown))
    }
  }
  return (
    <button
      type="button"
      aria-pressed={starred}
      aria-label={`Star ${name}`}
      onClick={() => void toggle()}
      className={cn(
        'inline-flex size-7 shrink-0 items-center justify-center rounded-md hover:bg-accent',
        starred ? 'text-warning' : 'text-muted-foreground/70',
      )}
    >
      <Star className="size-4" fill={starred ? 'currentColor' : 'none'} aria-hidden />
    </button>
  )
}
