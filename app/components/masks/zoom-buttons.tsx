'use client'

import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { Button } from '@/app/components/ui/button.tsx'
import { isWhole, type MaskView, PAN_STEP, panView, WHOLE, ZOOM_STEP, zoomView } from './view.ts'

/** Zoom and pan by button, for everyone who does not use a wheel; all tiles move together. */
export function ZoomButtons({ view, onView }: { view: MaskView; onView: (change: (view: MaskView) => MaskView) => void }) {
  const whole = isWhole(view)
  const pan = (dx: number, dy: number) => () => onView((before) => panView(before, dx * PAN_STEP, dy * PAN_STEP))
  const icon = { variant: 'ghost', size: 'icon-sm' } as const
  return (
    <div role="group" aria-label="Zoom and pan" className="flex items-center gap-0.5">
      <Button
        {...icon}
        aria-label="Zoom out"
        title="Zoom out (-)"
        disabled={whole}
        onClick={() => onView((before) => zoomView(before, 1 / ZOOM_STEP))}
      >
        <ZoomOut aria-hidden />
      </Button>
      <output className="num w-11 text-center text-xs text-muted-foreground" aria-label="Zoom">
        {Math.round(view.scale * 100)} %
      </output>
      <Button
        {...icon}
        aria-label="Zoom in"
        title="Zoom in (+), or the wheel with Ctrl"
        onClick={() => onView((before) => zoomView(before, ZOOM_STEP))}
      >
        <ZoomIn aria-hidden />
      </Button>
      <Button {...icon} aria-label="Show the whole image" title="Whole image (0)" disabled={whole} onClick={() => onView(() => WHOLE)}>
        <Maximize aria-hidden />
      </Button>
      <span className="mx-1 h-4 w-px bg-border" aria-hidden />
      <Button {...icon} aria-label="Pan left" disabled={whole} onClick={pan(-1, 0)}>
        <ArrowLeft aria-hidden />
      </Button>
      <Button {...icon} aria-label="Pan right" disabled={whole} onClick={pan(1, 0)}>
        <ArrowRight aria-hidden />
      </Button>
      <Button {...icon} aria-label="Pan up" disabled={whole} onClick={pan(0, -1)}>
        <ArrowUp aria-hidden />
      </Button>
      <Button {...icon} aria-label="Pan down" disabled={whole} onClick={pan(0, 1)}>
        <ArrowDown aria-hidden />
      </Button>
    </div>
  )
}
