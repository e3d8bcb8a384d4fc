/**
 * What part of an image a tile shows, in shares of the image, so that images and tiles of any size move together.
 * `scale` 1 shows the whole image; `x`, `y` (0..1) is the point in the middle of the tile.
 */
export interface MaskView {
  scale: number
  x: number
  y: number
}

export const WHOLE: MaskView = { scale: 1, x: 0.5, y: 0.5 }
export const MAX_SCALE = 16
/** One press of a button or a key. */
export const ZOOM_STEP = 1.5
export const PAN_STEP = 0.2

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** Keeps the window inside the image. */
export function clampView(view: MaskView): MaskView {
  const scale = clamp(view.scale, 1, MAX_SCALE)
  const half = 0.5 / scale
  return { scale, x: clamp(view.x, half, 1 - half), y: clamp(view.y, half, 1 - half) }
}

/** Zooms so that the image point under (atX, atY) of the tile (shares of the tile, 0..1) stays where it is. */
export function zoomView(view: MaskView, factor: number, atX = 0.5, atY = 0.5): MaskView {
  const scale = clamp(view.scale * factor, 1, MAX_SCALE)
  const pointX = view.x + (atX - 0.5) / view.scale
  const pointY = view.y + (atY - 0.5) / view.scale
  return clampView({ scale, x: pointX - (atX - 0.5) / scale, y: pointY - (atY - 0.5) / scale })
}

/** Moves by shares of the tile: panView(view, 0.2, 0) shows what lies a fifth of a tile to the right. */
export function panView(view: MaskView, dx: number, dy: number): MaskView {
  return clampView({ scale: view.scale, x: view.x + dx / view.scale, y: view.y + dy / view.scale })
}

export const isWhole = (view: MaskView): boolean => view.scale <= 1.0001
