'use client'

import { ToggleGroup } from 'radix-ui'
import { type ReactNode } from 'react'
import { cn } from '@/app/lib/cn.ts'

export interface SegmentedOption<V extends string> {
  value: V
  label: ReactNode
  disabled?: boolean
  title?: string
}

/** One of a few choices, all in sight: Fixed | List | Range. Arrow keys move, as in a radio group. */
export function Segmented<V extends string>({
  value,
  onValueChange,
  options,
  label,
  className,
}: {
  value: V
  onValueChange: (value: V) => void
  options: readonly SegmentedOption<V>[]
  /** What is chosen, for screen readers. */
  label: string
  className?: string
}) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      aria-label={label}
      // An empty value would be "none chosen": a press on the chosen one changes nothing.
      onValueChange={(next) => next !== '' && onValueChange(next as V)}
      className={cn('inline-flex h-8.5 items-center gap-0.5 rounded-md border border-border bg-muted p-0.5', className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          disabled={option.disabled}
          title={option.title}
          className="inline-flex h-full min-w-8 flex-[1_0_auto] items-center justify-center gap-1 rounded-sm px-2 text-[13px] font-medium whitespace-nowrap text-muted-foreground transition-colors hover:text-foreground disabled:cursor-not-allowed disabled:opacity-45 data-[state=on]:bg-card data-[state=on]:text-foreground data-[state=on]:shadow-card dark:data-[state=on]:bg-accent"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
