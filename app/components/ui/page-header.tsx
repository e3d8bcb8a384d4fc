import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode } from 'react'

export interface Crumb {
  label: string
  href?: string
}

export function Breadcrumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb">
      <ol className="flex flex-wrap items-center gap-1 text-[13px] text-muted-foreground">
        {crumbs.map((crumb, i) => (
          <li key={`${crumb.label}-${i}`} className="flex min-w-0 items-center gap-1">
            {i > 0 && <ChevronRight className="size-3.5 shrink-0" aria-hidden />}
            {crumb.href === undefined ? (
              <span className="max-w-60 truncate" aria-current="page">
                {crumb.label}
              </span>
            ) : (
              <Link href={crumb.href} className="max-w-60 truncate rounded-sm hover:text-foreground hover:underline">
                {crumb.label}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** The top of every page: where one is, what it is, what can be done. */
export function PageHeader({
  title,
  badges,
  description,
  crumbs,
  actions,
}: {
  title: ReactNode
  /** Beside the title: status, synthetic. */
  badges?: ReactNode
  description?: ReactNode
  crumbs?: readonly Crumb[]
  actions?: ReactNode
}) {
  return (
    <header className="mb-5 flex flex-col gap-1.5">
      {crumbs !== undefined && <Breadcrumbs crumbs={crumbs} />}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{title}</h1>
            {badges}
          </div>
          {description !== undefined && <div className="mt-1 text-[13px] text-muted-foreground">{description}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
    </header>
  )
}

/** The main column of a page. */
export function Page({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <div className={wide ? 'mx-auto w-full max-w-[1800px] px-4 py-5 sm:px-6' : 'mx-auto w-full max-w-[1320px] px-4 py-5 sm:px-6'}>
      {children}
    </div>
  )
}
