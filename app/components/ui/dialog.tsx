'use client'

import { X } from 'lucide-react'
import { AlertDialog as Alert, Dialog as Radix } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { cn } from '@/app/lib/cn.ts'
import { Button } from './button.tsx'

export const Dialog = Radix.Root
export const DialogTrigger = Radix.Trigger
export const DialogClose = Radix.Close

const overlay = 'fixed inset-0 z-50 bg-black/45 backdrop-blur-[1px] dark:bg-black/60'
const panel =
  'fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 flex-col overflow-hidden rounded-xl border border-border bg-popover shadow-popover focus:outline-none'

/** A modal with its title; focus goes in and comes back, Escape closes. */
export function DialogContent({
  title,
  description,
  children,
  className,
  footer,
}: {
  title: ReactNode
  description?: ReactNode
  children?: ReactNode
  footer?: ReactNode
  className?: string
}) {
  return (
    <Radix.Portal>
      <Radix.Overlay className={overlay} />
      <Radix.Content className={cn(panel, className)} {...(description === undefined ? { 'aria-describedby': undefined } : {})}>
        <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
          <div className="min-w-0">
            <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description className="mt-0.5 text-[13px] text-muted-foreground">{description}</Radix.Description>
            )}
          </div>
          <Radix.Close asChild>
            <Button variant="ghost" size="icon-sm" aria-label="Close" className="-mr-1.5">
              <X aria-hidden />
            </Button>
          </Radix.Close>
        </div>
        <div className="min-h-0 overflow-y-auto px-5 pb-5">{children}</div>
        {footer !== undefined && (
          <div className="flex flex-wrap justify-end gap-2 border-t border-border bg-muted/50 px-5 py-3">{footer}</div>
        )}
      </Radix.Content>
    </Radix.Portal>
  )
}

/** A panel from the left edge, for the navigation on narrow screens. */
export function SheetContent({ title, children, className }: { title: string; children: ReactNode; className?: string }) {
  return (
    <Radix.Portal>
      <Radix.Overlay className={overlay} />
      <Radix.Content
        aria-describedby={undefined}
        className={cn(
          'fixed inset-y-0 left-0 z-50 flex w-64 max-w-[85vw] flex-col border-r border-border bg-sidebar shadow-popover focus:outline-none',
          className,
        )}
      >
        <Radix.Title className="sr-only">{title}</Radix.Title>
        {children}
      </Radix.Content>
    </Radix.Portal>
  )
}

/** Asks before something that cannot be taken back. `onConfirm` may be asynchronous: the dialog waits, and stays when it throws. */
export function ConfirmDialog({
  trigger,
  title,
  description,
  confirmLabel,
  destructive = true,
  onConfirm,
}: {
  trigger: ReactNode
  title: ReactNode
  description: ReactNode
  confirmLabel: string
  destructive?: boolean
  onConfirm: () => void | Promise<void>
}) {
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    try {
      await onConfirm()
      setOpen(false)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Alert.Root open={open} onOpenChange={setOpen}>
      <Alert.Trigger asChild>{trigger}</Alert.Trigger>
      <Alert.Portal>
        <Alert.Overlay className={overlay} />
        <Alert.Content className={cn(panel, 'max-w-md')}>
          <div className="px-5 pt-4 pb-4">
            <Alert.Title className="text-base font-semibold">{title}</Alert.Title>
            <Alert.Description className="mt-1 text-[13px] text-muted-foreground">{description}</Alert.Description>
          </div>
          <div className="flex flex-wrap justify-end gap-2 border-t border-border bg-muted/50 px-5 py-3">
            <Alert.Cancel asChild>
              <Button>Keep it</Button>
            </Alert.Cancel>
            <Button variant={destructive ? 'destructive' : 'primary'} busy={busy} onClick={() => void confirm()}>
              {confirmLabel}
            </Button>
          </div>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  )
}
