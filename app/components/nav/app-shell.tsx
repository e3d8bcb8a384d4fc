'use client'

import { Menu, Plus } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogTrigger, SheetContent } from '../ui/dialog.tsx'
import { Logo } from './logo.tsx'
import { NavLinks } from './nav-links.tsx'
import { SystemStatus } from './system-status.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

function Brand() {
  return (
    <Link href="/" className="flex items-center gap-2 rounded-md text-[15px] font-semibold tracking-tight" aria-label="Karyon, home">
      <Logo className="size-6" />
      Karyon
    </Link>
  )
}

function SidebarBody({ onNavigate }: { onNavigate?: () => void }) {
  return (
    <>
      <div className="flex h-14 shrink-0 items-center px-4">
        <Brand />
      </div>
      <div className="px-2.5 pb-2">
        <Button asChild variant="primary" className="w-full">
          <Link href="/sweeps/new" onClick={onNavigate}>
            <Plus aria-hidden />
            New sweep
          </Link>
        </Button>
      </div>
      <NavLinks onNavigate={onNavigate} />
      <div className="flex flex-col gap-2 p-2.5">
        <SystemStatus />
        <ThemeToggle />
      </div>
    </>
  )
}

/** Sidebar beside the page from 1,024 px on; a bar with a menu below. */
export function AppShell({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false)
  // Who has not logged in yet could follow none of the links.
  if (usePathname() === '/login') return <main id="main">{children}</main>
  return (
    <div className="min-h-dvh lg:pl-56">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed! focus:top-2 focus:left-2 focus:z-60 focus:rounded-md focus:bg-primary focus:px-3 focus:py-2 focus:text-sm focus:font-medium focus:text-primary-foreground"
      >
        Skip to content
      </a>
      <aside aria-label="Sidebar" className="fixed inset-y-0 left-0 z-30 hidden w-56 flex-col border-r border-border bg-sidebar lg:flex">
        <SidebarBody />
      </aside>
      <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b border-border bg-sidebar px-3 lg:hidden">
        <Brand />
        <Dialog open={open} onOpenChange={setOpen}>
          <DialogTrigger asChild>
            <Button variant="ghost" size="icon" aria-label="Menu">
              <Menu aria-hidden />
            </Button>
          </DialogTrigger>
          <SheetContent title="Menu">
            <SidebarBody onNavigate={() => setOpen(false)} />
          </SheetContent>
        </Dialog>
      </header>
      <main id="main" tabIndex={-1} className="focus:outline-none">
        {children}
      </main>
    </div>
  )
}
