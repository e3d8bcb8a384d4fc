'use client'

import { X } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { cn } from '@/app/lib/cn.ts'
import { formatDuration, formatNumber, formatParam, METRIC_HELP, metricLabel, NONE } from '@/app/lib/format.ts'
import { lowerIsBetter } from '@/app/lib/live-state.ts'
import type { GridRun } from '@/app/components/masks/grid-run.ts'
import type { RunView } from '@/core/contracts/views.ts'
import { bestIndex, bestOf, differingParameters } from './differences.ts'

const METRICS = ['val/dice', 'val/ap50', 'val/map', 'val/iou', 'val/accuracy', 'val/loss', 'val/count_error'] as const

export interface CompareTableProps {
  runs: readonly RunView[]
  columns: readonly GridRun[]
  onRemove: (runId: string) => void
}

/** Runs as columns: what they reached, then only the parameters in which they differ. */
export function CompareTable({ runs, columns, onRemove }: CompareTableProps) {
  const strata = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)).filter((key) => key.startsWith('val/dice@')))].sort()
  const metrics = [...METRICS.filter((key) => runs.some((run) => run.metrics[key] !== undefined)), ...(strata.length > 1 ? strata : [])]
  const different = differingParameters(runs)
  const datasets = new Set(runs.map((run) => `${run.dataset_version_id}/${run.split_id}`))
  const first = 'sticky left-0 z-10 bg-card'
  return (
    <Table label="Metrics and differing parameters of the runs">
      <TableHead>
        <tr>
          <Th className={cn(first, 'w-44 min-w-36')}>Run</Th>
          {columns.map((column, i) => (
            <Th key={column.runId} className="min-w-36 py-2 align-bottom text-foreground">
              <div className="flex items-center gap-1.5">
                <span className="size-2.5 shrink-0 rounded-full" style={{ background: column.colour }} aria-hidden />
                <Link href={`/runs/${column.runId}`} className="max-w-48 truncate font-semibold hover:underline" title={column.name}>
                  {column.name}
                </Link>
                {columns.length > 1 && (
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    className="-my-1 size-6"
                    aria-label={`Remove ${column.name} from the comparison`}
                    onClick={() => onRemove(column.runId)}
                  >
                    <X className="size-3.5!" aria-hidden />
                  </Button>
                )}
              </div>
              <div className="mt-1.5 flex items-center gap-2 font-normal">
                <StatusBadge status={runs[i]?.status ?? 'queued'} />
                <span className="num text-muted-foreground">
                  {runs[i]?.epoch ?? 0}/{runs[i]?.epochs_total ?? 0}
                </span>
                {(runs[i]?.best_epoch ?? null) !== null && (
                  <Link href={`/promote?run=${column.runId}`} className="rounded-sm font-medium text-primary hover:underline">
                    Promote
                  </Link>
                )}
              </div>
            </Th>
          ))}
        </tr>
      </TableHead>
      <TableBody>
        {datasets.size > 1 && (
          <TextRow
            head={first}
            label="Dataset"
            values={runs.map((run) => (run.dataset === null ? NONE : `${run.dataset}, split ${run.split_seed ?? 0}`))}
          />
        )}
        {metrics.map((key) => {
          const values = runs.map((run) => bestOf(run, key))
          const comparable = values.map((value, i) => (columns[i]?.unlike === null ? (value?.value ?? null) : null))
          // Losses of different kinds have different scales; nobody wins.
          const best =
            key === 'val/loss' && different.some((row) => ['loss', 'target', 'image_size'].includes(row.key))
              ? null
              : bestIndex(comparable, lowerIsBetter(key))
          return (
            <TableRow key={key}>
              <Td className={first}>
                <span className="inline-flex items-center">
                  {metricLabel(key)}
                  {METRIC_HELP[key] !== undefined && <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>}
                </span>
              </Td>
              {values.map((value, i) => (
                <Td
                  key={columns[i]?.runId ?? i}
                  className={cn('num whitespace-nowrap', columns[i]?.unlike !== null && 'text-muted-foreground italic')}
                >
                  {value === null ? (
                    NONE
                  ) : (
                    <>
                      <span className={i === best ? 'font-semibold' : undefined}>{formatNumber(value.value, 3)}</span>
                      {i === best && <span className="ml-1 text-xs text-primary">best</span>}
                      <span className="ml-1.5 text-xs text-muted-foreground">{value.epoch === null ? '' : `@${value.epoch}`}</span>
                    </>
                  )}
                </Td>
              ))}
            </TableRow>
          )
        })}
        <TextRow
          head={first}
          label="Training time"
          values={runs.map((run) =>
            formatDuration(run.started_at === null || run.ended_at === null ? null : (run.ended_at - run.started_at) / 1000),
          )}
        />
        <tr>
          <Td colSpan={columns.length + 1} className={cn(first, 'h-9 bg-muted/60 text-xs font-medium text-muted-foreground')}>
            {different.length === 0 ? 'All parameters are the same' : 'Parameters that differ'}
          </Td>
        </tr>
        {different.map((row) => (
          <TextRow key={row.key} head={first} label={row.label} title={row.key} values={row.values.map((value) => formatParam(value))} />
        ))}
      </TableBody>
    </Table>
  )
}

function TextRow({ label, values, title, head }: { label: string; values: readonly ReactNode[]; title?: string; head: string }) {
  return (
    <TableRow>
      <Td className={head} title={title}>
        {label}
      </Td>
      {values.map((value, i) => (
        <Td key={i} className="num max-w-60 truncate">
          {value}
        </Td>
      ))}
    </TableRow>
  )
}
