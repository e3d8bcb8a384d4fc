'use client'

import { memo, useEffect, useRef, useState } from 'react'
import { cn } from '@/app/lib/cn.ts'
import type { MaskView as StoredMask } from '@/core/contracts/views.ts'
import { epochCaption, scoreCaption } from './caption.ts'
import type { GridRun } from './grid-run.ts'
import { MaskTile } from './mask-tile.tsx'
import type { MaskMode } from './palette.ts'
import type { EpochSelection } from './epochs.ts'
import type { MaskView } from './view.ts'

export interface MaskRowProps {
  image: StoredMask
  runs: readonly GridRun[]
  /** In the order of the runs; null where a run has no map of this image at that epoch, undefined while that is not known. */
  masks: readonly (StoredMask | null | undefined)[]
  selection: EpochSelection
  mode: MaskMode
  view: MaskView
  onView: (change: (view: MaskView) => MaskView) => void
  active: boolean
  position: string
}

const ROW = 'grid auto-cols-[minmax(150px,320px)] grid-flow-col gap-2.5'

/** One image: as it is, with its truth, and each run's mask. Tiles are drawn only while the row is near the screen. */
export const MaskRow = memo(
  function MaskRow({ image, runs, masks, selection, mode, view, onView, active, position }: MaskRowProps): React.ReactNode {
    const row = useRef<HTMLDivElement>(null)
    const [near, setNear] = useState(false)

    useEffect(() => {
      if (row.current === null) return
      const observer = new IntersectionObserver((entries) => setNear(entries.some((entry) => entry.isIntersecting)), {
        rootMargin: '350px 0px',
      })
      observer.observe(row.current)
      return () => observer.disconnect()
    }, [])

    const truthCount = masks.find((mask) => mask?.score?.truth_count != null)?.score?.truth_count ?? null
    const tile = { imageId: image.image_id, imageWidth: image.width, imageHeight: image.height, mode, view, onView }
    const blank = <div className="aspect-square rounded-md bg-neutral-900" aria-hidden />
    const truth = truthCount === null ? 'truth' : `truth, ${truthCount} ${truthCount === 1 ? 'nucleus' : 'nuclei'}`
    return (
      <div
        ref={row}
        role="group"
        aria-label={`Image ${image.image_name}, ${position}`}
        aria-current={active || undefined}
        data-mask-row={image.image_id}
        className={cn(
          'scroll-mt-48 scroll-mb-4 rounded-lg border-l-3 border-transparent py-2 pl-2',
          ROW,
          active && 'border-primary bg-primary-soft/40',
        )}
      >
        <figure className="min-w-0">
          {near ? <MaskTile {...tile} kind="image" label={`Image ${image.image_name}`} /> : blank}
          <figcaption className="mt-1.5 min-h-9 text-xs leading-snug">
            <span className="block truncate font-medium" title={image.image_name}>
              {image.image_name}
            </span>
            <span className="num block truncate text-muted-foreground">
              {image.stratum}, {image.width} × {image.height}
            </span>
          </figcaption>
        </figure>
        <figure className="min-w-0">
          {near ? <MaskTile {...tile} kind="truth" label={`Image ${image.image_name}, ${truth}`} /> : blank}
          <figcaption className="mt-1.5 min-h-9 text-xs leading-snug text-muted-foreground">{truth}</figcaption>
        </figure>
        {runs.map((run, i) => {
          const mask = masks[i]
          const caption =
            run.unlike !== null
              ? 'not on these images'
              : mask === undefined
                ? 'loading'
                : mask === null
                  ? missingCaption(run, selection)
                  : scoreCaption(mask.score)
          return (
            <figure key={run.runId} className={cn('min-w-0', run.unlike !== null && 'opacity-50')}>
              {near && mask != null ? (
                <MaskTile
                  {...tile}
                  kind="run"
                  artifactId={mask.artifact_id}
                  borderArtifactId={mask.border_artifact_id}
                  label={`${run.name}, image ${image.image_name}, ${epochCaption(mask.epoch, selection)}: ${caption}`}
                />
              ) : mask === null ? (
                <div className="hatch grid aspect-square place-items-center rounded-md border border-dashed border-border p-2 text-center text-xs text-muted-foreground">
                  no map
                </div>
              ) : (
                blank
              )}
              <figcaption className="mt-1.5 min-h-9 text-xs leading-snug" data-testid="mask-caption">
                <span className="flex items-start gap-1.5">
                  <span className="mt-1 size-2 shrink-0 rounded-full" style={{ background: run.colour }} aria-hidden />
                  <span className="min-w-0">
                    <span className="num block">{caption}</span>
                    <span className="num block text-muted-foreground">{mask == null ? '' : epochCaption(mask.epoch, selection)}</span>
                  </span>
                </span>
              </figcaption>
            </figure>
          )
        })}
      </div>
    )
  },
  (a, b) =>
    a.image.image_id === b.image.image_id &&
    a.runs === b.runs &&
    a.selection === b.selection &&
    a.mode === b.mode &&
    a.view === b.view &&
    a.active === b.active &&
    a.position === b.position &&
    a.masks.length === b.masks.length &&
    a.masks.every((mask, i) => (mask === null) === (b.masks[i] === null) && mask?.artifact_id === b.masks[i]?.artifact_id),
)

/** Why there is nothing to see, and when there will be. */
function missingCaption(run: GridRun, selection: EpochSelection): string {
  if (typeof selection === 'number')
    return run.live ? `nothing stored up to epoch ${selection} yet` : `nothing stored up to epoch ${selection}`
  return run.live ? 'nothing stored yet' : 'nothing stored'
}

/** The names above the columns; the same grid as the rows, so that they stand above them. */
export function MaskGridHead({ runs }: { runs: readonly GridRun[] }) {
  const cell = 'min-w-0 truncate text-xs font-semibold'
  return (
    <div className={cn('border-l-3 border-transparent py-1.5 pl-2', ROW)} aria-hidden>
      <span className={cell}>Image</span>
      <span className={cell}>Truth</span>
      {runs.map((run) => (
        <span key={run.runId} className={cn('flex items-center gap-1.5', cell)} title={run.name}>
          <span className="size-2 shrink-0 rounded-full" style={{ background: run.colour }} />
          <span className="truncate">{run.name}</span>
        </span>
      ))}
    </div>
  )
}
