'use client'

import { memo, useEffect, useState } from 'react'
import { cn } from '@/app/lib/cn.ts'
import { LayerCanvas } from './layer-canvas.tsx'
import type { MaskMode } from './palette.ts'
import { layersOf, type TileLayers } from './tile-layers.ts'
import type { MaskView } from './view.ts'

export interface MaskTileProps {
  imageId: string
  imageWidth: number
  imageHeight: number
  kind: 'image' | 'truth' | 'run'
  /** The stored probability map; null for image and truth, and where a run has none yet. */
  artifactId?: string | null
  borderArtifactId?: string | null
  mode: MaskMode
  /** Text alternative: the tile's caption, with the run's and the image's name. */
  label: string
  view?: MaskView
  onView?: (change: (view: MaskView) => MaskView) => void
  plainWheel?: boolean
  /** Longest side of what is loaded: small tiles need less than the 512 of stored maps, a large view of the truth more. */
  size?: number
  /** Width over height of the tile. */
  aspect?: number
  className?: string
}

/** One tile of the mask grid. Layers are decoded once and kept in a cache that all tiles share. */
export const MaskTile = memo(function MaskTile({
  imageId,
  imageWidth,
  kind,
  artifactId = null,
  borderArtifactId = null,
  mode,
  label,
  view,
  onView,
  plainWheel,
  size,
  aspect = 1,
  className,
}: MaskTileProps): React.ReactNode {
  const [layers, setLayers] = useState<TileLayers | null>(null)
  const [failure, setFailure] = useState<string | null>(null)

  useEffect(() => {
    let stale = false
    layersOf({ imageId, imageWidth, kind, artifactId, borderArtifactId, size }, mode).then(
      (made) => {
        if (stale) return
        setLayers(made)
        setFailure(null)
      },
      (thrown: unknown) => {
        if (!stale) setFailure(thrown instanceof Error ? thrown.message : 'The image could not be loaded.')
      },
    )
    return () => {
      stale = true
    }
  }, [imageId, imageWidth, kind, artifactId, borderArtifactId, mode, size])

  return (
    <div
      className={cn('relative overflow-hidden rounded-md bg-neutral-900', className)}
      style={{ aspectRatio: aspect }}
      data-ready={layers !== null}
    >
      <LayerCanvas layers={layers} label={label} view={view} onView={onView} plainWheel={plainWheel} />
      {layers === null && failure === null && <div className="absolute inset-0 animate-pulse-soft bg-neutral-800" aria-hidden />}
      {failure !== null && (
        <p className="absolute inset-0 grid place-items-center bg-neutral-900 p-3 text-center text-xs text-neutral-200">{failure}</p>
      )}
    </div>
  )
})
