import Link from 'next/link'
import { type ReactNode } from 'react'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatNumber, NONE } from '@/app/lib/format.ts'
import { type RunView } from '@/core/contracts/views.ts'

/** Notes, tags, where the run comes from, and the summary of every metric. */
export function RunDetails({ run }: { run: RunView }) {
  const metrics = Object.entries(run.metrics).sort(([a], [b]) => a.localeCompare(b))
  const tags = Object.entries(run.tags)
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
      <Card>
        <CardHeader>
          <CardTitle>About this run</CardTitle>
        </CardHeader>
        <CardContent className="flex flex-col gap-3 text-[13px]">
          {run.notes !== '' && <p className="break-words whitespace-pre-wrap">{run.notes}</p>}
          {tags.length > 0 && (
            <div className="flex flex-wrap gap-1.5">
              {tags.map(([key, value]) => (
                <Badge key={key} variant="outline" className="truncate">
                  {key}
                  {value !== '' && `: ${value}`}
                </Badge>
              ))}
            </div>
          )}
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
            <Row label="Experiment">{run.experiment_name}</Row>
            {run.sweep_id !== null && (
              <Row label="Sweep">
                <Link href={`/sweeps/${run.sweep_id}`} className="rounded-sm text-primary hover:underline">
                  {run.sweep_name}
                </Link>
                {run.ordinal !== null && `, run ${run.ordinal}`}
              </Row>
            )}
            <Row label="Created">
              <Ago at={run.created_at} />
            </Row>
            <Row label="Started">{run.started_at === null ? NONE : <Ago at={run.started_at} />}</Row>
            <Row label="Ended">{run.ended_at === null ? NONE : <Ago at={run.ended_at} />}</Row>
            <Row label="Logged by">{run.source === 'karyon' ? 'Karyon’s trainer' : 'another client'}</Row>
            <Row label="Run id">
              <code className="font-mono text-xs break-all">{run.run_id}</code>
            </Row>
          </dl>
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>Metrics</CardTitle>
        </CardHeader>
        {metrics.length === 0 ? (
          <CardContent className="text-[13px] text-muted-foreground">They come with the first epoch.</CardContent>
        ) : (
          <div className="max-h-96 overflow-y-auto">
            <Table label="Metrics">
              <TableHead className="sticky top-0 bg-card">
                <tr>
                  <Th>Metric</Th>
                  <Th numeric>Last</Th>
                  <Th numeric>Best</Th>
                  <Th numeric>At step</Th>
                  <Th numeric>Least</Th>
                  <Th numeric>Greatest</Th>
                </tr>
              </TableHead>
              <TableBody>
                {metrics.map(([key, metric]) => (
                  <TableRow key={key}>
                    <Td className="h-8 py-1 font-mono text-xs">{key}</Td>
                    <Td numeric className="h-8 py-1">
                      {formatNumber(metric.last)}
                    </Td>
                    <Td numeric className="h-8 py-1">
                      {formatNumber(metric.best)}
                    </Td>
                    <Td numeric className="h-8 py-1 text-muted-foreground">
                      {metric.best_step ?? NONE}
                    </Td>
                    <Td numeric className="h-8 py-1 text-muted-foreground">
                      {formatNumber(metric.min)}
                    </Td>
                    <Td numeric className="h-8 py-1 text-muted-foreground">
                      {formatNumber(metric.max)}
                      {metric.nan_count > 0 && <span title={`${metric.nan_count} points are not numbers`}> (NaN {metric.nan_count})</span>}
                    </Td>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </div>
        )}
      </Card>
    </div>
  )
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}
