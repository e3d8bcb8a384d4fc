import { borderMask } from '@/core/segmentation/labels.ts'
import { type Outline, outlines } from '@/core/segmentation/outlines.ts'
import { errorLayers, predictedOutlines, probabilityPixels, tintPixels } from './layers.ts'
import { Lru } from './lru.ts'
import type { MaskMode } from './palette.ts'
import { loadLabels, loadPreview, loadProbability, MAP_SIZE } from './source.ts'

/** Something to stroke: rings in the coordinates of a map of this size. */
export interface Stroke {
  path: Path2D
  width: number
  height: number
  style: 'neutral' | 'predicted' | 'truth'
}

/** Something to paint: pixels of a map, with a pattern over them that does not grow with the zoom. */
export interface Paint {
  canvas: OffscreenCanvas
  pattern: 'none' | 'hatched' | 'dotted'
}

/** All that one tile draws, bottom first. */
export interface TileLayers {
  image: ImageBitmap
  paints: Paint[]
  strokes: Stroke[]
}

export interface TileContent {
  imageId: string
  /** Of the image itself, before it was scaled down: object settings are in its pixels. */
  imageWidth: number
  kind: 'image' | 'truth' | 'run'
  artifactId: string | null
  borderArtifactId: string | null
  /** Longest side of what is loaded; stored maps are at most MAP_SIZE. */
  size?: number
}

type Drawn = Pick<TileLayers, 'paints' | 'strokes'>
const drawn = new Lru<Drawn>(128 * 1024 * 1024)

function canvasOf(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
  return canvas
}

export function pathOf(all: readonly Outline[]): Path2D {
  const path = new Path2D()
  for (const { rings } of all) {
    for (const { points } of rings) {
      for (let i = 0; i + 1 < points.length; i += 2) {
        const x = points[i] ?? 0
        const y = points[i + 1] ?? 0
        if (i === 0) path.moveTo(x, y)
        else path.lineTo(x, y)
      }
      path.closePath()
    }
  }
  return path
}

async function truthLayers(imageId: string, mode: MaskMode, size: number): Promise<Drawn> {
  const map = await loadLabels(imageId, size)
  const { width, height } = map
  const strokes: Stroke[] = [{ path: pathOf(outlines(map)), width, height, style: 'neutral' }]
  if (mode !== 'overlay') return { paints: [], strokes }
  const inside = { data: borderMask(map).data.map((border, i) => (border === 0 && map.data[i] !== 0 ? 1 : 0)) }
  return { paints: [{ canvas: canvasOf(tintPixels(inside, [253, 231, 37], 110), width, height), pattern: 'none' }], strokes }
}

async function runLayers(content: TileContent & { artifactId: string }, mode: MaskMode): Promise<Drawn> {
  const { imageId, artifactId, borderArtifactId, imageWidth } = content
  const map = await loadProbability(artifactId)
  if (mode === 'overlay')
    return { paints: [{ canvas: canvasOf(probabilityPixels(map), map.width, map.height), pattern: 'none' }], strokes: [] }
  const truth = await loadLabels(imageId)
  const size = { width: truth.width, height: truth.height }
  if (mode === 'errors') {
    const layers = errorLayers(map, truth)
    const paint = (bytes: Uint8Array, colour: readonly [number, number, number], pattern: Paint['pattern']): Paint => ({
      canvas: canvasOf(tintPixels({ data: bytes }, colour, 150), size.width, size.height),
      pattern,
    })
    return {
      paints: [paint(layers.falsePositive, [230, 159, 0], 'hatched'), paint(layers.falseNegative, [0, 114, 178], 'dotted')],
      strokes: [{ path: pathOf(layers.agreed), ...size, style: 'neutral' }],
    }
  }
  const border = borderArtifactId === null ? undefined : await loadProbability(borderArtifactId)
  const predicted = predictedOutlines(map, imageWidth, undefined, border)
  return {
    paints: [],
    strokes: [
      { path: pathOf(outlines(truth)), ...size, style: 'truth' },
      { path: pathOf(predicted), width: map.width, height: map.height, style: 'predicted' },
    ],
  }
}

/** What a tile draws in a mode; computed once and kept while there is room. */
export async function layersOf(content: TileContent, mode: MaskMode): Promise<TileLayers> {
  const { kind, artifactId, imageId, size = MAP_SIZE } = content
  const image = await loadPreview(imageId, size)
  if (kind === 'image' || mode === 'raw' || (kind === 'run' && artifactId === null)) return { image, paints: [], strokes: [] }
  const key = `${mode}:${kind}:${imageId}@${size}:${artifactId ?? ''}`
  const known = drawn.get(key)
  if (known !== undefined) return { image, ...known }
  const made =
    kind === 'truth' || artifactId === null ? await truthLayers(imageId, mode, size) : await runLayers({ ...content, artifactId }, mode)
  const pixels = made.paints.reduce((sum, paint) => sum + paint.canvas.width * paint.canvas.height * 4, 0)
  drawn.set(key, made, pixels + 20_000 * made.strokes.length)
  return { image, ...made }
}
