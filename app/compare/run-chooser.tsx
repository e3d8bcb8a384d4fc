'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Checkbox } from '@/app/components/ui/checkbox.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Input } from '@/app/components/ui/input.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatNumber } from '@/app/lib/format.ts'
import type { RunView } from '@/core/contracts/views.ts'

/** Chooses what to compare; `chosen` are those compared already. */
export function RunChooser({
  runs,
  chosen = [],
  icon,
  onChosen,
}: {
  runs: readonly RunView[]
  chosen?: readonly string[]
  icon?: ReactNode
  onChosen?: () => void
}) {
  const router = useRouter()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set(chosen))
  const [text, setText] = useState('')
  const needle = text.trim().toLowerCase()
  const shown = runs.filter(
    (run) => needle === '' || `${run.name} ${run.sweep_name ?? ''} ${run.dataset ?? ''}`.toLowerCase().includes(needle),
  )
  const toggle = (id: string): void =>
    setPicked((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  const open = (): void => {
    router.push(`/compare?runs=${[...picked].join(',')}`)
    onChosen?.()
  }
  if (runs.length === 0) {
    return (
      <EmptyState
        title="There are no runs to compare yet"
        action={
          <Button asChild variant="primary">
            <Link href="/sweeps/new">New sweep</Link>
          </Button>
        }
      >
        A sweep trains several variants of a model; here they are then set side by side.
      </EmptyState>
    )
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle className="flex items-center gap-2">
          {icon}
          Choose runs
        </CardTitle>
        <div className="flex flex-wrap items-center gap-2">
          <Input
            aria-label="Find runs by name, sweep or dataset"
            placeholder="Name, sweep or dataset"
            className="w-56"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button variant="primary" disabled={picked.size === 0} onClick={open}>
            Compare {picked.size === 0 ? '' : picked.size}
          </Button>
        </div>
      </CardHeader>
      <div className="max-h-[60dvh] overflow-y-auto">
        <Table label="Runs to choose from">
          <TableHead>
            <tr>
              <Th className="w-10">
                <span className="sr-only">Chosen</span>
              </Th>
              <Th>Run</Th>
              <Th>Sweep</Th>
              <Th>Dataset</Th>
              <Th>Status</Th>
              <Th numeric>Best Dice</Th>
            </tr>
          </TableHead>
          <TableBody>
            {shown.map((run) => (
              <TableRow key={run.run_id} aria-selected={picked.has(run.run_id)}>
                <Td>
                  <Checkbox
                    aria-label={`Compare ${run.name}`}
                    checked={picked.has(run.run_id)}
                    onCheckedChange={() => toggle(run.run_id)}
                  />
                </Td>
                <Td className="max-w-60 truncate font-medium">{run.name}</Td>
                <Td className="max-w-52 truncate text-muted-foreground">{run.sweep_name ?? ''}</Td>
                <Td className="max-w-52 truncate text-muted-foreground">{run.dataset ?? ''}</Td>
                <Td>
                  <StatusBadge status={run.status} />
                </Td>
                <Td numeric>{formatNumber(run.metrics['val/dice']?.best, 3)}</Td>
              </TableRow>
            ))}
          </TableBody>
        </Table>
        {shown.length === 0 && (
          <p className="px-4 py-6 text-center text-[13px] text-muted-foreground">No run’s name, sweep or dataset contains “{text}”.</p>
        )}
      </div>
    </Card>
  )
}
