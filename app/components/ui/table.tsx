import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react'
import { type HTMLAttributes, type ReactNode, type TdHTMLAttributes, type ThHTMLAttributes } from 'react'
import { cn } from '@/app/lib/cn.ts'

/** A table in its own scroll box: wide tables scroll sideways, the page never does. `label` names the box for keyboards. */
export function Table({ className, label, children, ...rest }: HTMLAttributes<HTMLTableElement> & { label: string; children: ReactNode }) {
  return (
    <div className="relative w-full overflow-x-auto" role="region" aria-label={label} tabIndex={0}>
      <table className={cn('w-full border-collapse text-[13px]', className)} {...rest}>
        {children}
      </table>
    </div>
  )
}

export function TableHead({ className, ...rest }: HTMLAttributes<HTMLTableSectionElement>) {
  return <thead className={cn('text-left', className)} {...rest} />
}

export function TableBody({ className, ...rest }: HTMLAttributes<HTMLTableSectionElement>) {
  return <tbody className={cn('[&>tr:last-child]:border-0', className)} {...rest} />
}

export function TableRow({ className, ...rest }: HTMLAttributes<HTMLTableRowElement>) {
  return (
    <tr
      className={cn('border-b border-border transition-colors hover:bg-muted/60 aria-selected:bg-primary-soft/60', className)}
      {...rest}
    />
  )
}

export function Th({ className, numeric = false, ...rest }: ThHTMLAttributes<HTMLTableCellElement> & { numeric?: boolean }) {
  return (
    <th
      scope="col"
      className={cn(
        'h-9 border-b border-border px-3 text-xs font-medium whitespace-nowrap text-muted-foreground',
        numeric && 'text-right',
        className,
      )}
      {...rest}
    />
  )
}

export function Td({ className, numeric = false, ...rest }: TdHTMLAttributes<HTMLTableCellElement> & { numeric?: boolean }) {
  return <td className={cn('h-10 px-3 py-1.5 align-middle', numeric && 'num text-right', className)} {...rest} />
}

/** A column head that sorts: the arrow says by what and which way, aria-sort says it aloud. */
export function SortableTh({
  sorted,
  onSort,
  numeric = false,
  children,
  className,
}: {
  sorted: 'ascending' | 'descending' | null
  onSort: () => void
  numeric?: boolean
  children: ReactNode
  className?: string
}) {
  const Icon = sorted === 'ascending' ? ArrowUp : sorted === 'descending' ? ArrowDown : ArrowUpDown
  return (
    <Th numeric={numeric} className={cn('px-1', className)} aria-sort={sorted ?? 'none'}>
      <button
        type="button"
        onClick={onSort}
        className={cn(
          'group inline-flex h-7 items-center gap-1 rounded-sm px-2 hover:text-foreground',
          sorted && 'text-foreground',
          numeric && 'flex-row-reverse',
        )}
      >
        {children}
        <Icon className={cn('size-3.5', !sorted && 'opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60')} aria-hidden />
      </button>
    </Th>
  )
}
