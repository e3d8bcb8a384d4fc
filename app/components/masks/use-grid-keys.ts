'use client'

import { type RefObject, useEffect, useRef } from 'react'
import { MASK_MODES, type MaskMode } from './palette.ts'

export interface GridKeys {
  onEpoch: (by: 1 | -1) => void
  onRow: (by: 1 | -1) => void
  onMode: (mode: MaskMode) => void
  /** Space goes down or up. */
  onHold: (held: boolean) => void
  onZoom: (direction: 1 | -1 | 0) => void
  onPan: (dx: number, dy: number) => void
}

const PAN: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

/** Whether the control in focus wants the key for itself. */
function takesKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  if (target instanceof HTMLInputElement) return target.type !== 'range' || key.startsWith('Arrow')
  if (key === ' ' || key === 'Enter') return target.closest('button, a, [role=radio], [role=tab]') !== null
  // The mode picker and the epoch switch move with the arrow keys.
  return (
    key.startsWith('Arrow') && target.closest('[role=radiogroup], [role=group][aria-label]:not([data-mask-grid]), [role=tablist]') !== null
  )
}

/**
 * Keys of the mask grid: left and right epoch, up and down image, 1 to 4 mode, Space held raw, + - 0 zoom, Shift with
 * arrows pan. They count while the focus is in the grid or the pointer is over it, so that they never surprise elsewhere.
 */
export function useGridKeys(area: RefObject<HTMLElement | null>, keys: GridKeys): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const element = area.current
    if (element === null) return
    let over = false
    const enter = (): void => {
      over = true
    }
    const leave = (): void => {
      over = false
    }
    const isOurs = (event: KeyboardEvent): boolean => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
      if (document.querySelector('[role=dialog]') !== null) return false
      const inside = event.target instanceof Node && element.contains(event.target)
      return (inside || (over && (event.target === document.body || event.target === null))) && !takesKey(event.target, event.key)
    }
    const down = (event: KeyboardEvent): void => {
      if (!isOurs(event)) return
      const { onEpoch, onRow, onMode, onHold, onZoom, onPan } = latest.current
      const pan = PAN[event.key]
      const mode = MASK_MODES[Number(event.key) - 1]
      if (pan !== undefined && event.shiftKey) onPan(...pan)
      else if (pan !== undefined && pan[0] !== 0) onEpoch(pan[0] as 1 | -1)
      else if (pan !== undefined) onRow(pan[1] as 1 | -1)
      else if (mode !== undefined) onMode(mode)
      else if (event.key === ' ') onHold(true)
      else if (event.key === '+' || event.key === '=') onZoom(1)
      else if (event.key === '-') onZoom(-1)
      else if (event.key === '0') onZoom(0)
      else return
      event.preventDefault()
    }
    const up = (event: KeyboardEvent): void => {
      if (event.key === ' ') latest.current.onHold(false)
    }
    const blur = (): void => latest.current.onHold(false)
    element.addEventListener('pointerenter', enter)
    element.addEventListener('pointerleave', leave)
    window.addEventListener('keydown', down)
    window.addEventListener('keyup', up)
    window.addEventListener('blur', blur)
    return () => {
      element.removeEventListener('pointerenter', enter)
      element.removeEventListener('pointerleave', leave)
      window.removeEventListener('keydown', down)
      window.removeEventListener('keyup', up)
      window.removeEventListener('blur', blur)
    }
  }, [area])
}
