import { Trophy } from 'lucide-react'
import Link from 'next/link'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatBytes, formatNumber, NONE } from '@/app/lib/format.ts'
import type { ModelView } from '@/core/contracts/views.ts'
import { CHAMPION } from '../champion-of.ts'

/** Every version with where it comes from and what it reached. */
export function VersionTable({ model, now }: { model: ModelView; now: number }) {
  const tested = model.versions.some((version) => version.metrics['test/dice'] !== undefined)
  return (
    <Card className="overflow-hidden">
      <CardHeader>
        <CardTitle>Versions</CardTitle>
      </CardHeader>
      <Table label="Versions">
        <TableHead>
          <tr>
            <Th>Version</Th>
            <Th>Aliases</Th>
            <Th>Run</Th>
            <Th>Dataset</Th>
            <Th numeric>Val Dice</Th>
            <Th numeric>Val AP50</Th>
            <Th numeric>Val mAP</Th>
            {tested && <Th numeric>Test Dice</Th>}
            {tested && <Th numeric>Test AP50</Th>}
            <Th numeric>Size</Th>
            <Th>Registered</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </TableHead>
        <TableBody>
          {model.versions.map((version) => (
            <TableRow key={version.version}>
              <Td className="num font-semibold">{version.version}</Td>
              <Td>
                <span className="flex flex-wrap gap-1">
                  {version.aliases.map((alias) => (
                    <Badge key={alias} variant={alias === CHAMPION ? 'primary' : 'outline'}>
                      {alias === CHAMPION && <Trophy aria-hidden />}
                      {alias}
                    </Badge>
                  ))}
                </span>
              </Td>
              <Td className="max-w-56 truncate">
                {version.run_id === null ? (
                  <span className="text-muted-foreground">run deleted</span>
                ) : (
                  <Link href={`/runs/${version.run_id}`} className="rounded-sm text-primary hover:underline">
                    {version.run_name}
                  </Link>
                )}
                <span className="num text-muted-foreground"> @{version.epoch ?? NONE}</span>
              </Td>
              <Td className="max-w-44 truncate">{version.dataset ?? NONE}</Td>
              <Td numeric>{formatNumber(version.metrics['val/dice'], 3)}</Td>
              <Td numeric>{formatNumber(version.metrics['val/ap50'], 3)}</Td>
              <Td numeric>{formatNumber(version.metrics['val/map'], 3)}</Td>
              {tested && <Td numeric>{formatNumber(version.metrics['test/dice'], 3)}</Td>}
              {tested && <Td numeric>{formatNumber(version.metrics['test/ap50'], 3)}</Td>}
              <Td numeric>{formatBytes(version.size)}</Td>
              <Td className="whitespace-nowrap text-muted-foreground">
                <Ago at={version.created_at} now={now} />
              </Td>
              <Td className="whitespace-nowrap">
                {!version.aliases.includes(CHAMPION) && (
                  <Link
                    href={`/promote?model=${encodeURIComponent(model.name)}&version=${version.version}`}
                    className="rounded-sm font-medium text-primary hover:underline"
                  >
                    Promote…
                  </Link>
                )}
              </Td>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  )
}
