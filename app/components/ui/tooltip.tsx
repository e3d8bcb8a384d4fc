'use client'

import { CircleQuestionMark } from 'lucide-react'
import { Tooltip as Radix } from 'radix-ui'
import { type ReactElement, type ReactNode } from 'react'

export const TooltipProvider = Radix.Provider

/** A hint on hover and focus. Its child must be focusable, or keyboards never see it. */
export function Tooltip({
  content,
  children,
  side = 'top',
}: {
  content: ReactNode
  children: ReactElement
  side?: 'top' | 'right' | 'bottom' | 'left'
}) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-border bg-popover px-2.5 py-1.5 text-xs shadow-popover"
        >
          {content}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A small question mark that explains the word before it. */
export function HelpTip({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Tooltip content={children}>
      <button
        type="button"
        aria-label={`What is ${label}?`}
        className="inline-flex size-6 items-center justify-center rounded-full text-muted-foreground hover:text-foreground"
      >
        <CircleQuestionMark className="size-3.5" aria-hidden />
      </button>
    </Tooltip>
  )
}
