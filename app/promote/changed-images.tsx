'use client'

import { scoreCaption } from '@/app/components/masks/caption.ts'
import { MaskTile } from '@/app/components/masks/mask-tile.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import { useApi } from '@/app/lib/use-api.ts'
import type { MaskView, PromotionReview, RunMasks } from '@/core/contracts/views.ts'
import { signed } from './difference-plot.tsx'

type Changed = PromotionReview['improved']

const pathOf = (runId: string | null, images: Changed): string | null =>
  runId === null || images.length === 0
    ? null
    : `runs/${runId}/masks?epoch=best&image_ids=${images.map((image) => image.image_id).join(',')}`

/** The images whose Dice changed most, with both masks; the champion's are there while its run is. */
export function ChangedImages({ title, review, images }: { title: string; review: PromotionReview; images: Changed }) {
  const candidate = useApi<RunMasks>(pathOf(review.candidate.run_id, images))
  const champion = useApi<RunMasks>(pathOf(review.champion?.run_id ?? null, images))
  if (images.length === 0) {
    return (
      <Card>
        <CardHeader>
          <CardTitle>{title}</CardTitle>
        </CardHeader>
        <CardContent className="text-[13px] text-muted-foreground">No image.</CardContent>
      </Card>
    )
  }
  const find = (masks: RunMasks | undefined, id: string): MaskView | undefined => masks?.masks.find((mask) => mask.image_id === id)
  return (
    <Card>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        <span className="text-xs text-muted-foreground">
          left champion, right candidate: missed pixels blue and dotted, false ones orange and hatched
        </span>
      </CardHeader>
      <CardContent>
        <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
          {images.map((image) => {
            const sides = [
              { name: 'Champion', mask: find(champion.data, image.image_id), dice: image.champion, loading: champion.loading },
              { name: 'Candidate', mask: find(candidate.data, image.image_id), dice: image.candidate, loading: candidate.loading },
            ]
            return (
              <li key={image.image_id} className="min-w-0">
                <div className="grid grid-cols-2 gap-1.5">
                  {sides.map(({ name, mask, dice, loading }) =>
                    mask === undefined && loading ? (
                      <Skeleton key={name} className="aspect-square" />
                    ) : mask === undefined ? (
                      <div
                        key={name}
                        className="hatch grid aspect-square place-items-center rounded-md border border-dashed border-border p-1 text-center text-xs text-muted-foreground"
                      >
                        no map stored
                      </div>
                    ) : (
                      <MaskTile
                        key={name}
                        imageId={image.image_id}
                        imageWidth={mask.width}
                        imageHeight={mask.height}
                        kind="run"
                        artifactId={mask.artifact_id}
                        borderArtifactId={mask.border_artifact_id}
                        mode="errors"
                        label={`${name}, image ${image.image_name}: ${mask.score === null ? `Dice ${dice.toFixed(2)}` : scoreCaption(mask.score)}`}
                      />
                    ),
                  )}
                </div>
                <p className="num mt-1 flex justify-between gap-2 text-xs">
                  <span>
                    {image.champion.toFixed(3)} → {image.candidate.toFixed(3)}
                  </span>
                  <b className="font-semibold">{signed(image.candidate - image.champion)}</b>
                </p>
                <p className="truncate text-xs text-muted-foreground" title={image.image_name}>
                  {image.image_name}
                </p>
              </li>
            )
          })}
        </ul>
      </CardContent>
    </Card>
  )
}
