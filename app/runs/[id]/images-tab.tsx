'use client'

import { Images } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import { SortableTh, Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatNumber, NONE, plural } from '@/app/lib/format.ts'
import { useApi } from '@/app/lib/use-api.ts'
import { type ImageScoreView } from '@/core/contracts/views.ts'

interface ImageScores {
  epochs: number[]
  epoch: number | null
  images: { image_id: string; image_name: string; stratum: string; panel_rank: number | null; score: ImageScoreView }[]
}
type SortKey = 'dice' | 'ap50' | 'name'

/** Every validation image with its score, worst first. */
export function ImagesTab({ runId, bestEpoch, epoch }: { runId: string; bestEpoch: number | null; epoch: number }) {
  const [which, setWhich] = useState<'best' | 'latest'>('best')
  const [sort, setSort] = useState<{ key: SortKey; descending: boolean }>({ key: 'dice', descending: false })
  const { data, error } = useApi<ImageScores>(
    `runs/${runId}/images?epoch=${which === 'best' ? 'best' : Math.max(1, epoch)}`,
    which === 'best' ? bestEpoch : epoch,
  )
  if (error !== undefined) return <Callout tone="error">{error}</Callout>
  if (data === undefined) return <Skeleton className="h-96" />
  if (data.images.length === 0) {
    return (
      <EmptyState icon={Images} title="No image is scored yet">
        After each epoch every validation image gets its Dice, the worst on top.
      </EmptyState>
    )
  }
  const sign = sort.descending ? -1 : 1
  const images = [...data.images].sort((a, b) => {
    if (sort.key === 'name') return sign * a.image_name.localeCompare(b.image_name)
    return sign * ((a.score[sort.key] ?? 2) - (b.score[sort.key] ?? 2)) || a.image_name.localeCompare(b.image_name)
  })
  const sorted = (key: SortKey) => (sort.key !== key ? null : sort.descending ? ('descending' as const) : ('ascending' as const))
  const by = (key: SortKey) => () => setSort((before) => ({ key, descending: before.key === key ? !before.descending : false }))
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Segmented
          label="Which epoch"
          value={which}
          onValueChange={setWhich}
          options={[
            { value: 'best', label: 'Best epoch' },
            { value: 'latest', label: 'Latest epoch' },
          ]}
        />
        <p className="num text-[13px] text-muted-foreground">
          {plural(images.length, 'validation image')} at epoch {data.epoch}
        </p>
        <Link href={`/compare?runs=${runId}`} className="ml-auto rounded-sm text-[13px] text-primary hover:underline">
          Look at their masks
        </Link>
      </div>
      <Card>
        <Table label="Validation images">
          <TableHead>
            <tr>
              <Th className="w-14">
                <span className="sr-only">Preview</span>
              </Th>
              <SortableTh sorted={sorted('name')} onSort={by('name')}>
                Image
              </SortableTh>
              <Th>Stratum</Th>
              <SortableTh numeric sorted={sorted('dice')} onSort={by('dice')}>
                Dice
              </SortableTh>
              <SortableTh numeric sorted={sorted('ap50')} onSort={by('ap50')}>
                AP50
              </SortableTh>
              <Th numeric>Found</Th>
              <Th numeric>Predicted</Th>
              <Th numeric>Merges</Th>
              <Th numeric>Splits</Th>
            </tr>
          </TableHead>
          <TableBody>
            {images.map(({ image_id, image_name, stratum, score }) => (
              <TableRow key={image_id}>
                <Td className="py-1 pr-0">
                  <img
                    src={`/api/v1/images/${image_id}/preview?size=64`}
                    alt=""
                    width={32}
                    height={32}
                    loading="lazy"
                    className="size-8 rounded-sm bg-muted object-cover"
                  />
                </Td>
                <Td className="max-w-72 truncate font-mono text-xs" title={image_name}>
                  {image_name}
                </Td>
                <Td className="text-muted-foreground">{stratum}</Td>
                <Td numeric className="font-medium">
                  {formatNumber(score.dice, 3)}
                </Td>
                <Td numeric>{formatNumber(score.ap50, 3)}</Td>
                <Td numeric>{score.found === null ? NONE : `${score.found} of ${score.truth_count ?? NONE}`}</Td>
                <Td numeric>{score.predicted_count ?? NONE}</Td>
                <Td numeric>{score.merges ?? NONE}</Td>
                <Td numeric>{score.splits ?? NONE}</Td>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Card>
    </div>
  )
}
