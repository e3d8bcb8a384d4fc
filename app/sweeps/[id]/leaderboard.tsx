'use client'

import { Rocket } from 'lucide-react'
import Link from 'next/link'
import { CurveSwatch } from '@/app/components/charts/chart-tooltip.tsx'
import { curveStyle } from '@/app/components/charts/curve.ts'
import { RunProgressCell } from '@/app/components/runs/run-progress-cell.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Checkbox } from '@/app/components/ui/checkbox.tsx'
import { Sparkline } from '@/app/components/ui/sparkline.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { formatDuration, formatNumber, formatParam, METRIC_HELP, metricLabel, NONE } from '@/app/lib/format.ts'
import { RUN_PARAMETER_INFO } from '@/core/contracts/run-parameters.ts'
import { type SweepView } from '@/core/contracts/views.ts'
import { atBestEpoch, otherMetrics, type RankedRun } from './ranking.ts'

const PARAMETER_LABELS = new Map<string, string>(RUN_PARAMETER_INFO.map((info) => [info.name, info.label]))

export interface LeaderboardProps {
  sweep: SweepView
  rows: readonly RankedRun[]
  varying: readonly string[]
  baseline: Record<string, number> | null
  selected: ReadonlySet<string>
  onSelect: (selected: ReadonlySet<string>) => void
  hovered: string | null
  onHover: (runId: string | null) => void
}

/** Best first, after the baseline that needs no training; only the parameters that vary. */
export function Leaderboard({ sweep, rows, varying, baseline, selected, onSelect, hovered, onHover }: LeaderboardProps) {
  const metric = sweep.metric.name
  const others = otherMetrics(metric)
  const chosen = rows.filter(({ run }) => selected.has(run.run_id)).length
  const toggle = (runId: string, on: boolean) => {
    const next = new Set(selected)
    if (on) next.add(runId)
    else next.delete(runId)
    onSelect(next)
  }
  return (
    <Card>
      <CardHeader>
        <div className="flex items-center gap-1">
          <CardTitle>Leaderboard</CardTitle>
          <HelpTip label="the order">
            By the best validation {metricLabel(metric)} of any epoch; the other figures are of that epoch too. The test side is never read
            here.
          </HelpTip>
        </div>
        <p className="num text-xs text-muted-foreground" aria-live="polite">
          {chosen > 0 ? `${chosen} selected` : ''}
        </p>
      </CardHeader>
      <Table label="Leaderboard">
        <TableHead>
          <tr>
            <Th className="w-10 pr-0">
              <Checkbox
                aria-label="Select all runs"
                checked={chosen === 0 ? false : chosen === rows.length ? true : 'indeterminate'}
                onCheckedChange={(on) => onSelect(on === true ? new Set(rows.map(({ run }) => run.run_id)) : new Set())}
              />
            </Th>
            <Th numeric className="w-10">
              <abbr title="Rank" className="no-underline">
                #
              </abbr>
            </Th>
            <Th>Run</Th>
            <Th>Status</Th>
            <Th numeric>
              <span className="inline-flex items-center">
                Best {metricLabel(metric)}
                {METRIC_HELP[metric] !== undefined && <HelpTip label={metricLabel(metric)}>{METRIC_HELP[metric]}</HelpTip>}
              </span>
            </Th>
            <Th numeric>Epoch</Th>
            <Th className="w-28">{metricLabel(metric)} by epoch</Th>
            {others.map((key) => (
              <Th key={key} numeric>
                {metricLabel(key)}
              </Th>
            ))}
            {varying.map((name) => (
              <Th key={name} numeric>
                {PARAMETER_LABELS.get(name) ?? name}
              </Th>
            ))}
            <Th numeric>Took</Th>
            <Th className="sticky right-0 bg-card">
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </TableHead>
        <TableBody>
          {baseline !== null && (
            <TableRow className="bg-muted/50 text-muted-foreground hover:bg-muted/50">
              <Td />
              <Td />
              <Td className="whitespace-nowrap">
                <span className="flex items-center gap-2">
                  <CurveSwatch colour="var(--curve-baseline)" dash="4 4" />
                  Otsu + watershed
                </span>
              </Td>
              <Td>baseline</Td>
              <Td numeric className="font-medium">
                {formatNumber(baseline[metric], 4)}
              </Td>
              <Td numeric>{NONE}</Td>
              <Td />
              {others.map((key) => (
                <Td key={key} numeric>
                  {formatNumber(baseline[key], 3)}
                </Td>
              ))}
              {varying.map((name) => (
                <Td key={name} numeric>
                  {NONE}
                </Td>
              ))}
              <Td numeric>{NONE}</Td>
              <Td />
            </TableRow>
          )}
          {rows.map((row) => {
            const { run } = row
            return (
              <TableRow
                key={run.run_id}
                aria-selected={selected.has(run.run_id)}
                className={hovered === run.run_id ? 'bg-muted/60' : undefined}
                onMouseEnter={() => onHover(run.run_id)}
                onMouseLeave={() => onHover(null)}
              >
                <Td className="pr-0">
                  <Checkbox
                    aria-label={`Select ${run.name}`}
                    checked={selected.has(run.run_id)}
                    onCheckedChange={(on) => toggle(run.run_id, on === true)}
                  />
                </Td>
                <Td numeric className="text-muted-foreground">
                  {row.rank ?? NONE}
                </Td>
                <Td className="max-w-72">
                  <span className="flex items-center gap-2">
                    <CurveSwatch {...curveStyle((run.ordinal ?? 1) - 1)} />
                    <Link
                      href={`/runs/${run.run_id}`}
                      className="truncate rounded-sm font-medium hover:text-primary hover:underline"
                      title={run.name}
                    >
                      <bdi>{run.name}</bdi>
                    </Link>
                  </span>
                </Td>
                <Td>
                  <RunProgressCell run={run} />
                </Td>
                <Td numeric className={row.rank === 1 ? 'font-semibold text-primary' : 'font-medium'}>
                  {formatNumber(row.best?.value, 4)}
                </Td>
                <Td numeric className="text-muted-foreground">
                  {row.best?.epoch ?? NONE}
                </Td>
                <Td className="py-0">
                  <Sparkline values={row.spark} label={`${metricLabel(metric)} over ${row.spark.length} epochs`} />
                </Td>
                {others.map((key) => (
                  <Td key={key} numeric>
                    {formatNumber(atBestEpoch(row, key), 3)}
                  </Td>
                ))}
                {varying.map((name) => (
                  <Td key={name} numeric className="whitespace-nowrap">
                    {formatParam(run.params[name])}
                  </Td>
                ))}
                <Td numeric className="whitespace-nowrap text-muted-foreground">
                  {run.started_at === null || run.ended_at === null ? NONE : formatDuration((run.ended_at - run.started_at) / 1000)}
                </Td>
                <Td className="sticky right-0 bg-card py-1 pl-1 text-right">
                  {run.best_epoch !== null && run.status !== 'cancelled' && (
                    <Button asChild size="sm" variant="ghost">
                      <Link href={`/promote?run=${run.run_id}`} aria-label={`Promote ${run.name}`} title="Promote…">
                        <Rocket aria-hidden />
                        {/* in sight at any width, it would cover the columns beside it */}
                        <span className="hidden 2xl:inline">Promote…</span>
                      </Link>
                    </Button>
                  )}
                </Td>
              </TableRow>
            )
          })}
        </TableBody>
      </Table>
    </Card>
  )
}
