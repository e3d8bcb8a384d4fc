import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatNumber, plural } from '@/app/lib/format.ts'
import { useApi } from '@/app/lib/use-api.ts'
import type { RunDetail } from '@/core/contracts/views.ts'

/** What the best weights are served with, beside the default, each with its scores on the whole validation side. */
export function TunedPostprocessCard({ runId }: { runId: string }) {
  const tuned = useApi<RunDetail>(`runs/${runId}`).data?.tuned
  if (tuned == null) return null
  const rows = [
    { name: 'Tuned', ...tuned.tuned },
    { name: 'Default', ...tuned.default },
  ]
  return (
    <Card className="max-w-3xl">
      <CardHeader>
        <CardTitle>Post-processing of epoch {tuned.epoch}</CardTitle>
        <p className="text-xs text-muted-foreground">
          Searched on {plural(tuned.images, 'validation image', 'validation images')}; scores are of all.
        </p>
      </CardHeader>
      <Table label="Post-processing">
        <TableHead>
          <tr>
            <Th>Settings</Th>
            <Th numeric>Threshold</Th>
            <Th numeric>Least area</Th>
            <Th numeric>Seed distance</Th>
            <Th numeric>Dice</Th>
            <Th numeric>AP50</Th>
            <Th numeric>mAP</Th>
          </tr>
        </TableHead>
        <TableBody>
          {rows.map(({ name, postprocess, dice, ap50, map }) => (
            <TableRow key={name}>
              <Td>{name}</Td>
              <Td numeric>{postprocess.threshold}</Td>
              <Td numeric>{postprocess.min_area} px</Td>
              <Td numeric>{postprocess.seed_distance} px</Td>
              {[dice, ap50, map].map((score, at) => (
                <Td key={at} numeric>
                  {formatNumber(score, 3)}
                </Td>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  )
}
