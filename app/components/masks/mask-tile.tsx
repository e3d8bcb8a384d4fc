'use client'

import { memo, useEffect, useRef, useState } from 'react'
import { drawTile } from './draw.ts'
import type { MaskMode } from './palette.ts'
import { layersOf, type TileLayers } from './tile-layers.ts'
import { isWhole, type MaskView, panView, WHOLE, zoomView } from './view.ts'

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
  /** Given: the tile zooms by wheel with Ctrl or Cmd held, and is panned by pointer while zoomed in. */
  onView?: (change: (view: MaskView) => MaskView) => void
  /** Zoom by the bare wheel: in a dialog, where nothing else scrolls. */
  plainWheel?: boolean
  /** Longest side of what is loaded: small tiles need less than the 512 of stored maps, a large view of the truth more. */
  size?: number
  /** Width over height of the tile. */
  aspect?: number
  className?: string
}

/**
 * One canvas of the mask grid. Layers are decoded once and kept in a cache that all tiles share; what was drawn before
 * stays until the next layers are there, so that moving the slider never flickers.
 */
export const MaskTile = memo(function MaskTile(props: MaskTileProps): React.ReactNode {
  const {
    imageId,
    imageWidth,
    kind,
    artifactId = null,
    borderArtifactId = null,
    mode,
    label,
    view = WHOLE,
    onView,
    plainWheel = false,
    size,
  } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const layers = useRef<TileLayers | null>(null)
  const current = useRef(view)
  const frame = useRef(0)
  const [failure, setFailure] = useState<string | null>(null)
  const [ready, setReady] = useState(false)
  current.current = view

  const draw = useRef(() => {
    cancelAnimationFrame(frame.current)
    frame.current = requestAnimationFrame(() => {
      const element = canvas.current
      const context = element?.getContext('2d')
      if (element == null || context == null || layers.current === null) return
      const ratio = Math.min(2, window.devicePixelRatio || 1)
      const width = Math.max(1, Math.round(element.clientWidth * ratio))
      const height = Math.max(1, Math.round(element.clientHeight * ratio))
      if (element.width !== width || element.height !== height) {
        element.width = width
        element.height = height
      }
      drawTile(context, layers.current, current.current, ratio)
    })
  })

  useEffect(() => {
    let stale = false
    layersOf({ imageId, imageWidth, kind, artifactId, borderArtifactId, size }, mode).then(
      (made) => {
        if (stale) return
        layers.current = made
        setFailure(null)
        setReady(true)
        draw.current()
      },
      (thrown: unknown) => {
        if (!stale) setFailure(thrown instanceof Error ? thrown.message : 'The image could not be loaded.')
      },
    )
    return () => {
      stale = true
    }
  }, [imageId, imageWidth, kind, artifactId, borderArtifactId, mode, size])

  useEffect(() => draw.current(), [view])

  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const observer = new ResizeObserver(() => draw.current())
    observer.observe(element)
    return () => {
      observer.disconnect()
      cancelAnimationFrame(frame.current)
    }
  }, [])

  useEffect(() => {
    const element = canvas.current
    if (element === null || onView === undefined) return
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
      if (event.button !== 0 || isWhole(current.current)) return
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
    element.addEventListener('wheel', onWheel, { passive: false })
    element.addEventListener('pointerdown', onDown)
    element.addEventListener('pointermove', onMove)
    element.addEventListener('pointerup', onUp)
    element.addEventListener('pointercancel', onUp)
    return () => {
      element.removeEventListener('wheel', onWheel)
      element.removeEventListener('pointerdown', onDown)
      element.removeEventListener('pointermove', onMove)
      element.removeEventListener('pointerup', onUp)
      element.removeEventListener('pointercancel', onUp)
    }
  }, [onView, plainWheel])

  return (
    <div
      className={`relative overflow-hidden rounded-md bg-neutral-900 ${props.className ?? ''}`}
      style={{ aspectRatio: props.aspect ?? 1 }}
      data-ready={ready}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        className={`absolute inset-0 size-full ${onView !== undefined && !isWhole(view) ? 'cursor-grab touch-none active:cursor-grabbing' : ''}`}
      />
      {!ready && failure === null && (
        <div className="absolute inset-0 animate-pulse bg-neutral-800 motion-reduce:animate-none" aria-hidden />
      )}
      {failure !== null && <p className="absolute inset-0 grid place-items-center p-3 text-center text-xs text-neutral-200">{failure}</p>}
    </div>
  )
})
