'use client'

import { Images } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { Callout } from '@/app/components/ui/callout.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import type { MaskView as StoredMask } from '@/core/contracts/views.ts'
import { epochCaption, scoreCaption } from './caption.ts'
import { MaskTile } from './mask-tile.tsx'
import { ModeLegend, ModePicker } from './mode-picker.tsx'
import type { MaskMode } from './palette.ts'
import type { EpochSelection } from './epochs.ts'
import { useRunMasks } from './use-run-masks.ts'

export interface PanelMasksProps {
  runIds: readonly string[]
  epoch?: EpochSelection
  /** Images, from the panel's first. */
  limit?: number
  /** Runs still training: their masks are looked for again while the page is open. */
  liveRunIds?: readonly string[]
  /** Anything whose change means that new masks may be there, e.g. a count of artifact events. */
  refresh?: unknown
  names?: Readonly<Record<string, string>>
}

const byRank = (a: StoredMask, b: StoredMask): number =>
  (a.panel_rank ?? 1e6) - (b.panel_rank ?? 1e6) || a.image_name.localeCompare(b.image_name)

/** A few fixed validation images: truth above, each run's prediction below, newest epoch first shown as it is stored. */
export function PanelMasks({ runIds, epoch = 'latest', limit = 4, liveRunIds = [], refresh, names = {} }: PanelMasksProps) {
  const [mode, setMode] = useState<MaskMode>('errors')
  const { masks, loading, error } = useRunMasks(runIds, epoch, { liveIds: liveRunIds, refresh })
  const images = new Map<string, StoredMask>()
  for (const id of runIds) for (const mask of masks[id]?.masks ?? []) if (!images.has(mask.image_id)) images.set(mask.image_id, mask)
  const columns = [...images.values()].sort(byRank).slice(0, limit)
  const waiting = columns.length === 0 && loading
  // Two columns on a phone, all of them beside each other from 640 px on.
  const grid = 'grid grid-cols-2 gap-x-3 gap-y-4 sm:grid-cols-4'

  if (columns.length === 0 && !waiting) {
    if (error !== null)
      return (
        <Callout tone="error" title="The masks could not be loaded">
          {error}
        </Callout>
      )
    return (
      <EmptyState icon={Images} title="No masks yet">
        {liveRunIds.length > 0
          ? 'They appear here by themselves after the first epoch, then after epochs 2, 4, 8 and so on, the best and the last.'
          : 'This run ended before its first epoch was stored.'}
      </EmptyState>
    )
  }
  return (
    <div className="flex flex-col gap-3" data-testid="panel-masks">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <ModePicker mode={mode} onMode={setMode} />
        <ModeLegend mode={mode} />
      </div>
      <div className={grid}>
        {waiting
          ? Array.from({ length: limit }, (_, i) => <Skeleton key={i} className="aspect-square" />)
          : columns.map((image) => (
              <figure key={image.image_id} className="min-w-0">
                <div className="flex flex-col gap-1.5">
                  <MaskTile
                    imageId={image.image_id}
                    imageWidth={image.width}
                    imageHeight={image.height}
                    kind="truth"
                    mode={mode === 'raw' ? 'raw' : 'outline'}
                    label={`Image ${image.image_name} with the outlines of the truth`}
                  />
                  {runIds.map((id) => {
                    const mask = masks[id]?.masks.find((candidate) => candidate.image_id === image.image_id)
                    const caption = mask === undefined ? 'not stored yet' : scoreCaption(mask.score)
                    const run = names[id] === undefined ? '' : `${names[id]}, `
                    return (
                      <div key={id}>
                        <MaskTile
                          imageId={image.image_id}
                          imageWidth={image.width}
                          imageHeight={image.height}
                          kind="run"
                          artifactId={mask?.artifact_id ?? null}
                          borderArtifactId={mask?.border_artifact_id ?? null}
                          mode={mode}
                          label={`${run}image ${image.image_name}, ${mask === undefined ? '' : `${epochCaption(mask.epoch, epoch)}: `}${caption}`}
                        />
                        <p className="mt-1 text-xs leading-snug text-foreground" data-testid="mask-caption">
                          {run}
                          {caption}
                        </p>
                        <p className="num text-xs text-muted-foreground">{mask === undefined ? '' : epochCaption(mask.epoch, epoch)}</p>
                      </div>
                    )
                  })}
                </div>
                <figcaption className="sr-only">
                  {image.image_name}, {image.stratum}
                </figcaption>
              </figure>
            ))}
      </div>
      <p className="text-xs text-muted-foreground">
        Above the truth, below the prediction, on fixed validation images.{' '}
        <Link className="font-medium text-primary hover:underline" href={`/compare?runs=${runIds.join(',')}`}>
          All images and epochs
        </Link>
      </p>
    </div>
  )
}
