'use client'

import { Images, RefreshCw } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Select } from '@/app/components/ui/input.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import type { MaskView as StoredMask } from '@/core/contracts/views.ts'
import { epochRange, type EpochSelection } from './epochs.ts'
import { EpochSlider } from './epoch-slider.tsx'
import type { GridRun } from './grid-run.ts'
import { MaskGridHead, MaskRow } from './mask-row.tsx'
import { ModeLegend, ModePicker } from './mode-picker.tsx'
import { orderRows, type RowOrder } from './order.ts'
import type { MaskMode } from './palette.ts'
import { prefetchProbabilities } from './source.ts'
import { useGridKeys } from './use-grid-keys.ts'
import { type ImageSet, useRunMasks } from './use-run-masks.ts'
import { type MaskView, PAN_STEP, panView, WHOLE, ZOOM_STEP, zoomView } from './view.ts'
import { ZoomButtons } from './zoom-buttons.tsx'

const FIRST_ROWS = 6
const MORE_ROWS = 12

export interface MaskGridProps {
  runs: readonly GridRun[]
  /** Anything whose change means that new masks may be there. */
  refresh?: unknown
}

/** The same validation images for every run: image, truth, and each run's stored masks, moved by one epoch slider. */
export function MaskGrid({ runs, refresh }: MaskGridProps) {
  const ids = useMemo(() => runs.map((run) => run.runId), [runs])
  const liveIds = useMemo(() => runs.filter((run) => run.live).map((run) => run.runId), [runs])
  const { last } = epochRange(runs.map((run) => ({ epochs_total: run.epochsTotal, epoch: run.epoch })))
  const [best, setBest] = useState(true)
  const [epoch, setEpoch] = useState(last)
  const [mode, setMode] = useState<MaskMode>('errors')
  const [held, setHeld] = useState(false)
  const [images, setImages] = useState<ImageSet>('panel')
  const [order, setOrder] = useState<RowOrder>('worst')
  const [sortAgain, setSortAgain] = useState(0)
  const [count, setCount] = useState(FIRST_ROWS)
  const [active, setActive] = useState<string | null>(null)
  const [view, setView] = useState<MaskView>(WHOLE)
  const area = useRef<HTMLDivElement>(null)
  const selection: EpochSelection = best ? 'best' : epoch
  const { masks, index, stored: known, loading, error } = useRunMasks(ids, selection, { liveIds, refresh, images: best ? images : 'panel' })
  const rows = useRowOrder(runs, masks, order, `${order}:${best ? images : 'panel'}:${sortAgain}`)
  const shown = rows.slice(0, count)
  const stored = useMemo(() => [...new Set(Object.values(index).flatMap((run) => run.epochs))].sort((a, b) => a - b), [index])

  const onView = useCallback((change: (before: MaskView) => MaskView) => setView(change), [])
  const moveRow = (by: 1 | -1): void => {
    const at = shown.findIndex((row) => row.image.image_id === active)
    const next = shown[at === -1 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    setActive(next.image.image_id)
    area.current?.querySelector(`[data-mask-row="${next.image.image_id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const chooseEpoch = (next: number): void => {
    setBest(false)
    setEpoch(Math.min(last, Math.max(1, next)))
  }
  useGridKeys(area, {
    onEpoch: (by) => chooseEpoch(epoch + by),
    onRow: moveRow,
    onMode: setMode,
    onHold: setHeld,
    onZoom: (direction) => setView((before) => (direction === 0 ? WHOLE : zoomView(before, direction === 1 ? ZOOM_STEP : 1 / ZOOM_STEP))),
    onPan: (dx, dy) => setView((before) => panView(before, dx * PAN_STEP, dy * PAN_STEP)),
  })

  const firstShown = shown.map((row) => row.image.image_id).join(',')
  useNeighbourMaps(known, firstShown)

  if (!loading && rows.length === 0) {
    if (error !== null)
      return (
        <Callout tone="error" title="The masks could not be loaded">
          {error}
        </Callout>
      )
    return (
      <EmptyState icon={Images} title="No masks yet">
        {liveIds.length > 0
          ? 'They appear here by themselves after a run’s first epoch.'
          : 'None of these runs stored a mask: they ended before their first epoch, or only log metrics.'}
      </EmptyState>
    )
  }
  return (
    <div ref={area} className="flex flex-col gap-3" data-mask-grid>
      <div className="z-20 flex flex-col gap-2.5 rounded-lg border border-border bg-card p-3 shadow-card lg:sticky lg:top-0">
        <EpochSlider last={last} epoch={epoch} best={best} stored={stored} onEpoch={chooseEpoch} onBest={setBest} />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <ModePicker mode={held ? 'raw' : mode} onMode={setMode} />
          <ZoomButtons view={view} onView={onView} />
          <div className="ml-auto">
            <ModeLegend mode={held ? 'raw' : mode} />
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <label className="flex items-center gap-2 text-[13px]">
            <span className="text-muted-foreground">Sort</span>
            <Select aria-label="Sort images" className="w-52" value={order} onChange={(event) => setOrder(event.target.value as RowOrder)}>
              <option value="worst">Worst mean Dice first</option>
              {runs.length > 1 && <option value="disputed">Most disputed first</option>}
              {runs.length > 1 &&
                runs.map((run) => (
                  <option key={run.runId} value={`run:${run.runId}`}>
                    Worst of {run.name} first
                  </option>
                ))}
              <option value="name">Name</option>
            </Select>
          </label>
          {liveIds.length > 0 && (
            <Button
              variant="ghost"
              size="icon-sm"
              className="-ml-2"
              aria-label="Sort again by the newest scores"
              title="Sort again by the newest scores"
              onClick={() => setSortAgain((n) => n + 1)}
            >
              <RefreshCw aria-hidden />
            </Button>
          )}
          <label className="flex items-center gap-2 text-[13px]">
            <span className="text-muted-foreground">Images</span>
            <Select
              aria-label="Images shown"
              className="w-48"
              value={best ? images : 'panel'}
              disabled={!best}
              title={best ? undefined : 'Of single epochs only the panel is stored'}
              onChange={(event) => setImages(event.target.value as ImageSet)}
            >
              <option value="panel">Panel</option>
              <option value="all">Whole validation side</option>
            </Select>
          </label>
          <p className="ml-auto text-xs text-muted-foreground">
            Keys: ← → epoch, ↑ ↓ image, 1 to 4 mode, hold Space for raw, + − 0 zoom, Shift with arrows pan
          </p>
        </div>
      </div>
      {error !== null && (
        <Callout tone="warning" title="Some masks could not be loaded">
          {error}
        </Callout>
      )}
      <div
        className="overflow-x-auto rounded-lg focus-visible:outline-offset-4"
        role="group"
        tabIndex={0}
        aria-label="Mask grid. Left and right arrow: epoch. Up and down: image. 1 to 4: mode. Space held: raw image."
        data-mask-grid
      >
        <MaskGridHead runs={runs} />
        {loading && rows.length === 0
          ? Array.from({ length: 3 }, (_, i) => (
              <div key={i} className="grid auto-cols-[minmax(150px,320px)] grid-flow-col gap-2.5 py-2 pl-2.5">
                {Array.from({ length: runs.length + 2 }, (__, j) => (
                  <Skeleton key={j} className="mb-10 aspect-square" />
                ))}
              </div>
            ))
          : shown.map((row, i) => (
              <MaskRow
                key={row.image.image_id}
                image={row.image}
                runs={runs}
                masks={row.masks}
                selection={selection}
                mode={held ? 'raw' : mode}
                view={view}
                onView={onView}
                active={active === row.image.image_id}
                position={`${i + 1} of ${rows.length}`}
              />
            ))}
      </div>
      {rows.length > count && (
        <div className="flex justify-center gap-2">
          <Button onClick={() => setCount(count + MORE_ROWS)}>Show {Math.min(MORE_ROWS, rows.length - count)} more</Button>
          <Button variant="ghost" onClick={() => setCount(rows.length)}>
            Show all {rows.length} images
          </Button>
        </div>
      )}
    </div>
  )
}

interface Row {
  image: StoredMask
  /** By run; null: none is stored; undefined: on its way. */
  masks: (StoredMask | null | undefined)[]
}

/**
 * Rows of the images that any comparable run has a mask of. The order is found once per `key` and then kept, so that
 * neither the slider nor a run that goes on training moves rows under a person's eyes; new images come last.
 */
function useRowOrder(
  runs: readonly GridRun[],
  masks: Readonly<Record<string, { masks: readonly StoredMask[] }>>,
  order: RowOrder,
  key: string,
): Row[] {
  const kept = useRef<{ key: string; ids: string[] }>({ key: '', ids: [] })
  return useMemo(() => {
    const images = new Map<string, StoredMask>()
    const byRun = runs.map((run) => {
      const own = new Map<string, StoredMask>()
      if (run.unlike !== null) return own
      for (const mask of masks[run.runId]?.masks ?? []) {
        own.set(mask.image_id, mask)
        if (!images.has(mask.image_id)) images.set(mask.image_id, mask)
      }
      return own
    })
    const scored = [...images.values()].map((image) => ({
      imageId: image.image_id,
      name: image.image_name,
      dice: Object.fromEntries(
        runs.flatMap((run, i) => {
          const dice = byRun[i]?.get(image.image_id)?.score?.dice
          return dice === undefined ? [] : [[run.runId, dice] as const]
        }),
      ),
    }))
    const before = kept.current.key === key ? kept.current.ids.filter((id) => images.has(id)) : []
    const known = new Set(before)
    const ids = [...before, ...orderRows(scored, order).flatMap((row) => (known.has(row.imageId) ? [] : [row.imageId]))]
    // Remembered only once every run that can answer has: else the first to answer would decide the order.
    const complete = runs.every((run) => run.unlike !== null || masks[run.runId] !== undefined)
    if (ids.length > 0 && complete)
      kept.current = { key, ids: [...ids, ...kept.current.ids.filter((id) => kept.current.key === key && !images.has(id))] }
    return ids.flatMap((id) => {
      const image = images.get(id)
      return image === undefined
        ? []
        : [
            {
              image,
              masks: runs.map((run, i) => byRun[i]?.get(id) ?? (run.unlike === null && masks[run.runId] === undefined ? undefined : null)),
            },
          ]
    })
  }, [runs, masks, order, key])
}

/** Fetches the maps of the shown images at all their epochs while nothing else is loading, so that the slider finds them. */
function useNeighbourMaps(known: Readonly<Record<string, { masks: readonly StoredMask[] }>>, shown: string): void {
  useEffect(() => {
    const images = new Set(shown.split(','))
    const wanted = Object.values(known).flatMap(({ masks }) =>
      masks.filter((mask) => images.has(mask.image_id)).map((mask) => mask.artifact_id),
    )
    return prefetchProbabilities([...new Set(wanted)])
  }, [known, shown])
}
