'use client'

import { Popover as Radix } from 'radix-ui'
import { type ComponentProps } from 'react'
import { cn } from '@/app/lib/cn.ts'

export const Popover = Radix.Root
export const PopoverTrigger = Radix.Trigger
export const PopoverClose = Radix.Close

export function PopoverContent({ className, sideOffset = 6, align = 'start', ...rest }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={sideOffset}
        align={align}
        collisionPadding={8}
        className={cn(
          'z-50 w-72 max-w-[calc(100vw-1rem)] rounded-lg border border-border bg-popover p-3 text-sm shadow-popover focus:outline-none',
          className,
        )}
        {...rest}
      />
    </Radix.Portal>
  )
}
