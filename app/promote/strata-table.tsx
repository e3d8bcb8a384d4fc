import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatNumber, NONE } from '@/app/lib/format.ts'
import type { PromotionReview } from '@/core/contracts/views.ts'
import { signed } from './difference-plot.tsx'

/** Below so many images a stratum's mean is a hint, not a finding. */
const FEW = 10

/** Dice by stratum: a better mean may hide a stratum that got worse. */
export function StrataTable({ review }: { review: PromotionReview }) {
  if (review.strata.length === 0) return null
  const compared = review.strata.some((stratum) => stratum.champion !== null)
  return (
    <Card>
      <CardHeader>
        <CardTitle>Dice by stratum</CardTitle>
      </CardHeader>
      <CardContent>
        <Table label="Dice by stratum">
          <TableHead>
            <tr>
              <Th>Stratum</Th>
              <Th numeric>n</Th>
              <Th numeric>Candidate</Th>
              {compared && <Th numeric>Champion</Th>}
              {compared && <Th numeric>Difference</Th>}
            </tr>
          </TableHead>
          <TableBody>
            {review.strata.map((stratum) => (
              <TableRow key={stratum.stratum}>
                <Td>
                  {stratum.stratum}
                  {stratum.n < FEW && <span className="ml-2 text-xs text-muted-foreground">few images</span>}
                </Td>
                <Td numeric>{stratum.n}</Td>
                <Td numeric>{formatNumber(stratum.candidate, 3)}</Td>
                {compared && <Td numeric>{formatNumber(stratum.champion, 3)}</Td>}
                {compared && (
                  <Td numeric className="font-medium">
                    {stratum.champion === null ? NONE : signed(stratum.candidate - stratum.champion)}
                  </Td>
                )}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </CardContent>
    </Card>
  )
}
