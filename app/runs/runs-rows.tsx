'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import Link from 'next/link'
import { useEffect, useMemo, useRef } from 'react'
import { RunProgressCell } from '@/app/components/runs/run-progress-cell.tsx'
import { StarButton } from '@/app/components/runs/star-button.tsx'
import { Checkbox } from '@/app/components/ui/checkbox.tsx'
import { SortableTh, TableBody, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { cn } from '@/app/lib/cn.ts'
import { formatDuration, formatNumber, formatParam, NONE } from '@/app/lib/format.ts'
import { RUN_PARAMETER_INFO } from '@/core/contracts/run-parameters.ts'
import { type RunView } from '@/core/contracts/views.ts'
import { type RunsState } from './use-runs.ts'

const ROW = 41
const LABELS = new Map<string, string>(RUN_PARAMETER_INFO.map((info) => [info.name, info.label]))
const ORDER = new Map<string, number>(RUN_PARAMETER_INFO.map((info, i) => [info.name, i]))
/** More columns than this say less. */
const MOST_PARAMETERS = 8

/** Parameters that are not the same in all of these runs. */
function varying(runs: readonly RunView[]): string[] {
  const first = runs[0]?.params
  if (first === undefined) return []
  const names = new Set<string>()
  for (const { params } of runs) {
    for (const name of new Set([...Object.keys(first), ...Object.keys(params)])) if (params[name] !== first[name]) names.add(name)
  }
  return [...names].sort((a, b) => (ORDER.get(a) ?? 99) - (ORDER.get(b) ?? 99)).slice(0, MOST_PARAMETERS)
}

export interface RunsRowsProps {
  table: RunsState
  selected: ReadonlySet<string>
  onSelect: (selected: ReadonlySet<string>) => void
  now: number
}

/** Only the rows in sight are in the page; the next ones are read before the end comes into sight. */
export function RunsRows({ table, selected, onSelect, now }: RunsRowsProps) {
  const { runs, query, setQuery, loadMore, hasMore } = table
  const box = useRef<HTMLDivElement>(null)
  const columns = useMemo(() => varying(runs), [runs])
  const rows = useVirtualizer({
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
    getItemKey: (i) => runs[i]?.run_id ?? i,
  })
  const items = rows.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && lastShown >= runs.length - 20) loadMore()
  }, [hasMore, lastShown, runs.length, loadMore])

  const [key = '', direction] = splitOrder(query.order)
  const sort = (column: string, numeric = true) => ({
    sorted: key !== column ? null : direction === 'desc' ? ('descending' as const) : ('ascending' as const),
    onSort: () => setQuery({ order: `${column} ${key === column ? (direction === 'desc' ? 'asc' : 'desc') : numeric ? 'desc' : 'asc'}` }),
    numeric,
  })
  const toggle = (runId: string, on: boolean) => {
    const next = new Set(selected)
    if (on) next.add(runId)
    else next.delete(runId)
    onSelect(next)
  }
  const chosen = runs.filter((run) => selected.has(run.run_id)).length
  const before = items[0]?.start ?? 0
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0)
  const width = 9 + columns.length
  return (
    <div
      ref={box}
      role="region"
      aria-label="Runs"
      tabIndex={0}
      className="max-h-[max(18rem,calc(100dvh-12rem))] overflow-auto focus-visible:-outline-offset-2"
    >
      <table className="w-full border-collapse text-[13px]" aria-rowcount={hasMore ? -1 : runs.length + 1}>
        <thead className="sticky top-0 z-10 bg-card text-left">
          <tr>
            <Th className="w-10 pr-0">
              <Checkbox
                aria-label="Select all runs shown"
                checked={chosen === 0 ? false : chosen === runs.length ? true : 'indeterminate'}
                onCheckedChange={(on) => onSelect(on === true ? new Set(runs.map((run) => run.run_id)) : new Set())}
              />
            </Th>
            <SortableTh {...sort('name', false)} className="pl-8">
              Run
            </SortableTh>
            <SortableTh {...sort('status', false)}>Status</SortableTh>
            <SortableTh {...sort('best_value')}>Best</SortableTh>
            <SortableTh {...sort('metrics.`val/dice`')}>Dice</SortableTh>
            <SortableTh {...sort('metrics.`val/ap50`')}>AP50</SortableTh>
            <SortableTh {...sort('metrics.`val/map`')}>mAP</SortableTh>
            {columns.map((name) => (
              <SortableTh key={name} {...sort(`params.\`${name}\``)}>
                {LABELS.get(name) ?? name}
              </SortableTh>
            ))}
            <Th numeric>Took</Th>
            <SortableTh {...sort('created_at')}>Created</SortableTh>
          </tr>
        </thead>
        <TableBody className={cn('transition-opacity', table.loading && 'opacity-60')}>
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={width} style={{ height: before }} />
            </tr>
          )}
          {items.map((item) => {
            const run = runs[item.index]
            if (run === undefined) return null
            return (
              <TableRow key={run.run_id} aria-rowindex={item.index + 2} aria-selected={selected.has(run.run_id)} style={{ height: ROW }}>
                <Td className="pr-0">
                  <Checkbox
                    aria-label={`Select ${run.name}`}
                    checked={selected.has(run.run_id)}
                    onCheckedChange={(on) => toggle(run.run_id, on === true)}
                  />
                </Td>
                <Td className="max-w-80 min-w-48 py-0 pl-1">
                  <span className="flex items-center gap-1">
                    <StarButton
                      runId={run.run_id}
                      name={run.name}
                      starred={run.starred}
                      onChange={(starred) => table.patch(run.run_id, { starred })}
                    />
                    <span className="min-w-0">
                      <Link
                        href={`/runs/${run.run_id}`}
                        className="block truncate rounded-sm leading-5 font-medium hover:text-primary hover:underline"
                        title={run.name}
                      >
                        <bdi>{run.name}</bdi>
                      </Link>
                      <Origin run={run} />
                    </span>
                  </span>
                </Td>
                <Td className="py-0">
                  <RunProgressCell run={run} />
                </Td>
                <Td numeric className="whitespace-nowrap">
                  <span className="font-medium">{formatNumber(run.best_value, 4)}</span>
                  {run.best_epoch !== null && <span className="text-muted-foreground"> @{run.best_epoch}</span>}
                </Td>
                <Td numeric>{formatNumber(run.metrics['val/dice']?.last, 3)}</Td>
                <Td numeric>{formatNumber(run.metrics['val/ap50']?.last, 3)}</Td>
                <Td numeric>{formatNumber(run.metrics['val/map']?.last, 3)}</Td>
                {columns.map((name) => (
                  <Td key={name} numeric className="whitespace-nowrap">
                    {formatParam(run.params[name])}
                  </Td>
                ))}
                <Td numeric className="whitespace-nowrap text-muted-foreground">
                  {run.started_at === null || run.ended_at === null ? NONE : formatDuration((run.ended_at - run.started_at) / 1000)}
                </Td>
                <Td numeric className="whitespace-nowrap text-muted-foreground">
                  <Ago at={run.created_at} now={now} />
                </Td>
              </TableRow>
            )
          })}
          {after > 0 && (
            <tr aria-hidden>
              <td colSpan={width} style={{ height: after }} />
            </tr>
          )}
        </TableBody>
      </table>
    </div>
  )
}

/** "metrics.`val/dice` desc" -> its field and its direction. */
function splitOrder(order: string): [string, string] {
  const at = order.lastIndexOf(' ')
  return [order.slice(0, at), order.slice(at + 1)]
}

/** What a run belongs to: its sweep and its dataset. */
function Origin({ run }: { run: RunView }) {
  const dataset = run.dataset === null ? null : `${run.dataset}${run.dataset_synthetic ? ' (synthetic)' : ''}`
  return (
    <span className="block truncate text-[11px] leading-4 text-muted-foreground">
      {run.sweep_name !== null && <bdi>{run.sweep_name}</bdi>}
      {run.sweep_name !== null && dataset !== null && ', '}
      {dataset}
    </span>
  )
}
