'use client'

import { useCallback, useEffect, useRef } from 'react'
import { cn } from '@/app/lib/cn.ts'
import { drawTile } from './draw.ts'
import type { TileLayers } from './tile-layers.ts'
import { isWhole, type MaskView, panView, WHOLE, zoomView } from './view.ts'

export interface LayerCanvasProps {
  /** Null: nothing yet. What was drawn before stays until the next layers come, so that nothing flickers. */
  layers: TileLayers | null
  /** Text alternative. */
  label: string
  view?: MaskView
  /** Given: zooms by wheel with Ctrl or Cmd held, and is panned by pointer while zoomed in. */
  onView?: (change: (view: MaskView) => MaskView) => void
  /** Zoom by the bare wheel: where nothing else scrolls. */
  plainWheel?: boolean
}

/** A canvas that fills its parent and draws layers, at most once a frame. */
export function LayerCanvas({ layers, label, view = WHOLE, onView, plainWheel = false }: LayerCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef(0)
  const current = useRef({ layers, view })

  const draw = useCallback(() => {
    cancelAnimationFrame(frame.current)
    frame.current = requestAnimationFrame(() => {
      const element = canvas.current
      const context = element?.getContext('2d')
      if (element == null || context == null || current.current.layers === null) return
      const ratio = Math.min(2, window.devicePixelRatio || 1)
      const width = Math.max(1, Math.round(element.clientWidth * ratio))
      const height = Math.max(1, Math.round(element.clientHeight * ratio))
      if (element.width !== width || element.height !== height) {
        element.width = width
        element.height = height
      }
      drawTile(context, current.current.layers, current.current.view, ratio)
    })
  }, [])

  useEffect(() => {
    current.current = { layers: layers ?? current.current.layers, view }
    draw()
  }, [layers, view, draw])

  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const observer = new ResizeObserver(draw)
    observer.observe(element)
    return () => {
      observer.disconnect()
      cancelAnimationFrame(frame.current)
    }
  }, [draw])

  useEffect(() => {
    const element = canvas.current
    if (element === null || onView === undefined) return
    return followPointer(element, () => current.current.view, onView, plainWheel)
  }, [onView, plainWheel])

  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      className={cn(
        'absolute inset-0 size-full',
        onView !== undefined && !isWhole(view) && 'cursor-grab touch-none active:cursor-grabbing',
      )}
    />
  )
}

/** Wheel and drag on an element; the buttons beside it and the keys do the same. @returns what stops it */
function followPointer(
  element: HTMLElement,
  viewNow: () => MaskView,
  onView: (change: (view: MaskView) => MaskView) => void,
  plainWheel: boolean,
): () => void {
  // React listens passively to wheels, which cannot stop the page from scrolling.
  const onWheel = (event: WheelEvent): void => {
    if (!plainWheel && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const box = element.getBoundingClientRect()
    const factor = Math.exp(-Math.sign(event.deltaY) * Math.min(1, Math.abs(event.deltaY) / 100) * 0.35)
    onView((before) => zoomView(before, factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height))
  }
  let last: { x: number; y: number } | null = null
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || isWhole(viewNow())) return
    last = { x: event.clientX, y: event.clientY }
    element.setPointerCapture(event.pointerId)
  }
  const onMove = (event: PointerEvent): void => {
    if (last === null) return
    const box = element.getBoundingClientRect()
    const dx = (last.x - event.clientX) / box.width
    const dy = (last.y - event.clientY) / box.height
    last = { x: event.clientX, y: event.clientY }
    onView((before) => panView(before, dx, dy))
  }
  const onUp = (): void => {
    last = null
  }
  const stop = new AbortController()
  const { signal } = stop
  element.addEventListener('wheel', onWheel, { passive: false, signal })
  element.addEventListener('pointerdown', onDown, { signal })
  element.addEventListener('pointermove', onMove, { signal })
  element.addEventListener('pointerup', onUp, { signal })
  element.addEventListener('pointercancel', onUp, { signal })
  return () => stop.abort()
}
