import { Equal, TrendingDown, TrendingUp } from 'lucide-react'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatNumber, metricLabel } from '@/app/lib/format.ts'
import type { PromotionReview } from '@/core/contracts/views.ts'
import { DifferencePlot, signed } from './difference-plot.tsx'

const METRICS = ['val/dice', 'val/ap50', 'val/map', 'val/iou', 'val/accuracy', 'val/count_error', 'val/merges', 'val/splits'] as const

/** Better, worse, or tied: said by the interval, not by the mean alone. */
export function Verdict({ review }: { review: PromotionReview }) {
  const { champion, candidate, comparable, difference } = review
  return (
    <Card>
      <CardHeader>
        <CardTitle>Validation</CardTitle>
        {difference !== null && <VerdictBadge difference={difference} />}
      </CardHeader>
      <CardContent className="flex flex-col gap-4">
        {champion === null ? (
          <Callout tone="info" title={`${review.model} has no champion yet`}>
            There is nothing to compare with: this would be the first. The next candidate will be set beside it.
          </Callout>
        ) : (
          !comparable.ok && (
            <Callout tone="warning" title="Not comparable">
              {comparable.reason}
            </Callout>
          )
        )}
        {difference !== null && <DifferencePlot difference={difference} />}
        <p className="text-xs text-muted-foreground">
          {review.postprocess === 'tuned'
            ? 'Scored with tuned post-processing.'
            : `Scored with the default post-processing${champion === null ? '' : ': not both have scores of tuned settings'}.`}
        </p>
        <Table label="Validation figures of candidate and champion">
          <TableHead>
            <tr>
              <Th>Metric</Th>
              <Th numeric>Candidate</Th>
              {champion !== null && <Th numeric>Champion, version {champion.version}</Th>}
            </tr>
          </TableHead>
          <TableBody>
            {METRICS.filter((key) => candidate.metrics[key] !== undefined || champion?.metrics[key] !== undefined).map((key) => (
              <TableRow key={key}>
                <Td>{metricLabel(key)}</Td>
                <Td numeric className="font-semibold">
                  {formatNumber(candidate.metrics[key], 3)}
                </Td>
                {champion !== null && (
                  <Td numeric className={comparable.ok ? undefined : 'text-muted-foreground italic'}>
                    {formatNumber(champion.metrics[key], 3)}
                  </Td>
                )}
              </TableRow>
            ))}
            <TableRow>
              <Td>Dataset</Td>
              <Td className="text-right">{candidate.dataset}</Td>
              {champion !== null && <Td className="text-right">{champion.dataset}</Td>}
            </TableRow>
          </TableBody>
        </Table>
      </CardContent>
    </Card>
  )
}

function VerdictBadge({ difference }: { difference: NonNullable<PromotionReview['difference']> }) {
  if (difference.tied) {
    return (
      <Badge variant="neutral" title="The interval holds zero: these images cannot tell the two apart.">
        <Equal aria-hidden />
        tied
      </Badge>
    )
  }
  return difference.mean > 0 ? (
    <Badge variant="success">
      <TrendingUp aria-hidden />
      better, {signed(difference.mean)}
    </Badge>
  ) : (
    <Badge variant="destructive">
      <TrendingDown aria-hidden />
      worse, {signed(difference.mean)}
    </Badge>
  )
}
