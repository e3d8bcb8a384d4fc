import { MASK_COLOURS } from './palette.ts'
import type { Paint, Stroke, TileLayers } from './tile-layers.ts'
import type { MaskView } from './view.ts'

type Pattern = Exclude<Paint['pattern'], 'none'>

interface Placement {
  left: number
  top: number
  width: number
  height: number
}

/** Where the whole image lies on a canvas of the given size, the view's window filling it; proportions kept. */
export function place(image: { width: number; height: number }, canvas: { width: number; height: number }, view: MaskView): Placement {
  const fit = Math.min(canvas.width / image.width, canvas.height / image.height) * view.scale
  const width = image.width * fit
  const height = image.height * fit
  return { left: canvas.width / 2 - view.x * width, top: canvas.height / 2 - view.y * height, width, height }
}

const patternTiles = new Map<string, OffscreenCanvas>()

/** One cell of the hatching or the dots, in device pixels, so that it looks the same at every zoom. */
function patternTile(kind: Pattern, ratio: number): OffscreenCanvas {
  const key = `${kind}@${ratio}`
  const known = patternTiles.get(key)
  if (known !== undefined) return known
  const side = Math.max(4, Math.round((kind === 'hatched' ? 6 : 5) * ratio))
  const tile = new OffscreenCanvas(side, side)
  const context = tile.getContext('2d')
  if (context !== null) {
    context.strokeStyle = MASK_COLOURS.falsePositive
    context.fillStyle = MASK_COLOURS.falseNegative
    if (kind === 'hatched') {
      context.lineWidth = 1.6 * ratio
      // Three strokes, so that the diagonal goes on across the cell's corners.
      for (const shift of [-side, 0, side]) {
        context.beginPath()
        context.moveTo(shift - 1, side + 1)
        context.lineTo(shift + side + 1, -1)
        context.stroke()
      }
    } else {
      context.beginPath()
      context.arc(side / 2, side / 2, 1.5 * ratio, 0, Math.PI * 2)
      context.fill()
      context.strokeStyle = 'rgba(255, 255, 255, 0.75)'
      context.lineWidth = 0.5 * ratio
      context.stroke()
    }
  }
  patternTiles.set(key, tile)
  return tile
}

let scratch: OffscreenCanvas | undefined

function paintPattern(context: CanvasRenderingContext2D, paint: Paint, at: Placement, ratio: number): void {
  if (paint.pattern === 'none') return
  const { width, height } = context.canvas
  scratch ??= new OffscreenCanvas(width, height)
  if (scratch.width !== width || scratch.height !== height) {
    scratch.width = width
    scratch.height = height
  }
  const over = scratch.getContext('2d')
  const pattern = over?.createPattern(patternTile(paint.pattern, ratio), 'repeat')
  if (over == null || pattern == null) return
  over.globalCompositeOperation = 'copy'
  over.imageSmoothingEnabled = false
  over.drawImage(paint.canvas, at.left, at.top, at.width, at.height)
  // Opaque where the paint is, whatever its own transparency.
  over.globalCompositeOperation = 'source-in'
  over.fillStyle = pattern
  over.fillRect(0, 0, width, height)
  context.drawImage(scratch, 0, 0)
  context.drawImage(scratch, 0, 0)
}

function stroke(context: CanvasRenderingContext2D, { path, width, height, style }: Stroke, at: Placement, ratio: number): void {
  context.save()
  context.translate(at.left, at.top)
  const scaleX = at.width / width
  context.scale(scaleX, at.height / height)
  context.lineJoin = 'round'
  const line = (colour: string, pixels: number, dash: number[] = []): void => {
    context.strokeStyle = colour
    context.lineWidth = (pixels * ratio) / scaleX
    context.setLineDash(dash.map((length) => (length * ratio) / scaleX))
    context.stroke(path)
  }
  if (style === 'predicted') {
    line(MASK_COLOURS.neutralRim, 2.6)
    line(MASK_COLOURS.predicted, 1.3)
  } else if (style === 'truth') {
    line(MASK_COLOURS.neutralRim, 1.8)
    line(MASK_COLOURS.neutral, 0.9, [3, 3])
  } else {
    line(MASK_COLOURS.neutralRim, 2)
    line(MASK_COLOURS.neutral, 0.9)
  }
  context.restore()
}

/** Draws one tile; the canvas already has its size in device pixels (CSS pixels times `ratio`). */
export function drawTile(context: CanvasRenderingContext2D, layers: TileLayers, view: MaskView, ratio: number): void {
  const at = place(layers.image, context.canvas, view)
  context.clearRect(0, 0, context.canvas.width, context.canvas.height)
  // Enlarged pixels are shown as they are; reduced ones are averaged.
  const enlarged = at.width / layers.image.width > 2.5
  context.imageSmoothingEnabled = !enlarged
  context.imageSmoothingQuality = 'medium'
  context.drawImage(layers.image, at.left, at.top, at.width, at.height)
  for (const paint of layers.paints) {
    context.imageSmoothingEnabled = paint.pattern === 'none' && !enlarged
    context.drawImage(paint.canvas, at.left, at.top, at.width, at.height)
    paintPattern(context, paint, at, ratio)
  }
  for (const one of layers.strokes) stroke(context, one, at, ratio)
}
