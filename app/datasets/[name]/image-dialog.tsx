'use client'

import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { scoreCaption } from '@/app/components/masks/caption.ts'
import { MaskTile } from '@/app/components/masks/mask-tile.tsx'
import { type MaskView, WHOLE } from '@/app/components/masks/view.ts'
import { ZoomButtons } from '@/app/components/masks/zoom-buttons.tsx'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Switch } from '@/app/components/ui/checkbox.tsx'
import { Dialog, DialogContent } from '@/app/components/ui/dialog.tsx'
import { formatCount, formatNumber, NONE } from '@/app/lib/format.ts'
import type { DatasetImageView } from '@/core/contracts/views.ts'
import { isForControl } from './keys.ts'
import { SIDE_LABELS } from './sides.ts'
import { StratumField } from './stratum-field.tsx'

export interface ImageDialogProps {
  image: DatasetImageView | null
  /** "3 of 99" */
  position: string
  /** Those of the dataset version. */
  strata: readonly string[]
  synthetic: boolean
  outlined: boolean
  onOutlined: (outlined: boolean) => void
  onClose: () => void
  onMove: (by: 1 | -1) => void
  onGroup: (group: string) => void
}

/** One image, large: zoom by wheel, button or key; left and right arrow go to its neighbours. */
export function ImageDialog({ image, position, strata, synthetic, outlined, onOutlined, onClose, onMove, onGroup }: ImageDialogProps) {
  const [view, setView] = useState<MaskView>(WHOLE)
  const id = image?.image_id ?? null
  useEffect(() => setView(WHOLE), [id])
  const onView = useCallback((change: (before: MaskView) => MaskView) => setView(change), [])
  useEffect(() => {
    if (id === null) return
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isForControl(event.target)) return
      if (event.key === 'ArrowLeft') onMove(-1)
      else if (event.key === 'ArrowRight') onMove(1)
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [id, onMove])
  return (
    <Dialog open={image !== null} onOpenChange={(open) => !open && onClose()}>
      {image !== null && (
        <DialogContent title={<span className="break-all">{image.name}</span>} className="max-w-5xl">
          <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_15rem]">
            <div>
              <MaskTile
                imageId={image.image_id}
                imageWidth={image.width}
                imageHeight={image.height}
                kind={outlined ? 'truth' : 'image'}
                mode={outlined ? 'outline' : 'raw'}
                size={1024}
                view={view}
                onView={onView}
                plainWheel
                aspect={Math.min(1.6, Math.max(1, image.width / image.height))}
                label={`Image ${image.name}${outlined ? ` with the outlines of ${image.object_count} nuclei` : ''}`}
                className="max-h-[65dvh] w-full"
              />
              <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
                <ZoomButtons view={view} onView={onView} />
                <label className="flex items-center gap-2 text-[13px]">
                  <Switch checked={outlined} onCheckedChange={onOutlined} />
                  Outlines
                </label>
                <div className="flex items-center gap-1">
                  <Button variant="ghost" size="icon-sm" aria-label="Image before" title="Image before (←)" onClick={() => onMove(-1)}>
                    <ChevronLeft aria-hidden />
                  </Button>
                  <span className="num min-w-16 text-center text-[13px] text-muted-foreground">{position}</span>
                  <Button variant="ghost" size="icon-sm" aria-label="Next image" title="Next image (→)" onClick={() => onMove(1)}>
                    <ChevronRight aria-hidden />
                  </Button>
                </div>
              </div>
            </div>
            <dl className="grid content-start gap-x-4 gap-y-2.5 text-[13px] sm:grid-cols-2 lg:grid-cols-1">
              <Row label="Side">
                {image.side === null ? NONE : SIDE_LABELS[image.side]}
                {image.side === 'test' && <Badge variant="outline">sealed: no run is scored on it</Badge>}
                {image.panel_rank !== null && <Badge variant="primary">in the panel</Badge>}
              </Row>
              <Row label="Stratum">
                <StratumField key={image.image_id} image={image} strata={strata} synthetic={synthetic} />
              </Row>
              <Row label="Group">
                <button
                  type="button"
                  className="max-w-full rounded-sm text-left font-medium break-all text-primary hover:underline"
                  onClick={() => onGroup(image.group)}
                >
                  {image.group}
                </button>
              </Row>
              <Row label="Nuclei">
                {formatCount(image.object_count)}
                {image.median_diameter !== null && (
                  <span className="text-muted-foreground">median {formatNumber(image.median_diameter, 1)} px</span>
                )}
              </Row>
              <Row label="Covered by nuclei">{(image.foreground_fraction * 100).toFixed(1)} %</Row>
              <Row label="Image">
                {image.width} × {image.height}, {image.channels === 1 ? 'grey' : `${image.channels} channels`}, {image.bit_depth} bit
              </Row>
              {image.overlap_pixels > 0 && <Row label="Overlapping masks">{formatCount(image.overlap_pixels)} px, later mask wins</Row>}
              <Row label="Otsu + watershed">{scoreCaption(image.baseline)}</Row>
            </dl>
          </div>
        </DialogContent>
      )}
    </Dialog>
  )
}

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="num flex flex-wrap items-center gap-x-2 gap-y-1">{children}</dd>
    </div>
  )
}
