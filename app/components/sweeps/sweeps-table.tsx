import Link from 'next/link'
import { formatNumber, metricLabel, NONE } from '@/app/lib/format.ts'
import { isEnded, type RunStatus, type SweepView } from '@/core/contracts/views.ts'
import { SyntheticBadge } from '../ui/badge.tsx'
import { StatusBadge } from '../ui/status-badge.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { StatusBar } from './status-bar.tsx'

const ended = (counts: SweepView['counts']): number =>
  Object.entries(counts).reduce((sum, [status, count]) => sum + (isEnded(status as RunStatus) ? count : 0), 0)

/** Sweeps, newest first; brief without what is the same for most. */
export function SweepsTable({ sweeps, now, brief = false }: { sweeps: readonly SweepView[]; now: number; brief?: boolean }) {
  return (
    <Table label="Sweeps">
      <TableHead>
        <tr>
          <Th>Sweep</Th>
          <Th>State</Th>
          <Th>Runs</Th>
          <Th numeric>Best</Th>
          {!brief && <Th>Dataset</Th>}
          {!brief && <Th>Method</Th>}
          {!brief && <Th>Experiment</Th>}
          <Th numeric>Created</Th>
        </tr>
      </TableHead>
      <TableBody>
        {sweeps.map((sweep) => {
          const total = Math.max(
            sweep.run_cap,
            Object.values(sweep.counts).reduce((sum, count) => sum + count, 0),
          )
          return (
            <TableRow key={sweep.sweep_id}>
              <Td className="max-w-72 min-w-40">
                <Link
                  href={`/sweeps/${sweep.sweep_id}`}
                  className="block truncate rounded-sm font-medium hover:text-primary hover:underline"
                  title={sweep.name}
                >
                  <bdi>{sweep.name}</bdi>
                </Link>
                {brief && (
                  <span className="block truncate text-xs text-muted-foreground">
                    {sweep.dataset}
                    {sweep.dataset_synthetic && ' (synthetic)'}
                  </span>
                )}
              </Td>
              <Td>
                <StatusBadge status={sweep.state} />
              </Td>
              <Td className="min-w-32">
                <span className="num mb-1 block text-xs whitespace-nowrap text-muted-foreground">
                  {ended(sweep.counts)} of {total}
                  {(sweep.counts.failed ?? 0) > 0 && <span className="text-destructive">, {sweep.counts.failed} failed</span>}
                </span>
                <StatusBar counts={sweep.counts} total={total} />
              </Td>
              <Td numeric className="whitespace-nowrap">
                {sweep.best_value === null ? (
                  NONE
                ) : (
                  <>
                    <span className="text-xs text-muted-foreground">{metricLabel(sweep.metric.name)}</span>{' '}
                    <span className="font-medium">{formatNumber(sweep.best_value, 4)}</span>
                  </>
                )}
              </Td>
              {!brief && (
                <Td className="whitespace-nowrap">
                  <span className="flex items-center gap-2">
                    {sweep.dataset} {sweep.dataset_synthetic && <SyntheticBadge />}
                  </span>
                </Td>
              )}
              {!brief && <Td className="text-muted-foreground">{sweep.method}</Td>}
              {!brief && <Td className="max-w-40 truncate text-muted-foreground">{sweep.experiment_name}</Td>}
              <Td numeric className="whitespace-nowrap text-muted-foreground">
                <Ago at={sweep.created_at} now={now} />
              </Td>
            </TableRow>
          )
        })}
      </TableBody>
    </Table>
  )
}
