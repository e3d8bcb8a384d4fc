'use client'

import { Boxes, FlaskConical, GitCompareArrows, House, Images, ListTree, ScanSearch } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '@/app/lib/cn.ts'

const LINKS = [
  { href: '/', label: 'Home', icon: House },
  { href: '/datasets', label: 'Datasets', icon: Images },
  { href: '/sweeps', label: 'Sweeps', icon: FlaskConical },
  { href: '/runs', label: 'Runs', icon: ListTree },
  { href: '/compare', label: 'Compare', icon: GitCompareArrows },
  { href: '/models', label: 'Models', icon: Boxes },
  { href: '/predict', label: 'Predict', icon: ScanSearch },
] as const

/** Pages that belong to a section without lying under its path. */
const ALSO: Record<string, string> = { '/promote': '/models' }

export function NavLinks({ onNavigate }: { onNavigate?: () => void }) {
  const path = usePathname()
  const section = `/${path.split('/')[1] ?? ''}`
  const active = ALSO[section] ?? section
  return (
    <nav aria-label="Main" className="flex-1 overflow-y-auto px-2.5 py-1">
      <ul className="flex flex-col gap-0.5">
        {LINKS.map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <Link
              href={href}
              onClick={onNavigate}
              aria-current={href === active ? 'page' : undefined}
              className={cn(
                'flex h-8.5 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium text-muted-foreground transition-colors hover:bg-accent hover:text-foreground focus-visible:-outline-offset-2',
                href === active && 'bg-primary-soft text-primary hover:bg-primary-soft hover:text-primary',
              )}
            >
              <Icon className="size-4 shrink-0" aria-hidden />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
