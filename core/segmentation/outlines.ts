import type { LabelMap } from './image.ts'

/** One closed ring: corner coordinates x, y, x, y, .. without repeating the first. `hole`: it bounds a hole of the object. */
export interface Ring {
  points: number[]
  hole: boolean
}

export interface Outline {
  label: number
  rings: Ring[]
}

// East, south, west, north: turning right is +1.
const DX = [1, 0, -1, 0]
const DY = [0, 1, 0, -1]
// Pixels ahead of a corner, on the right and on the left of the way, relative to the corner.
const RIGHT_X = [0, -1, -1, 0]
const RIGHT_Y = [0, 0, -1, -1]
const LEFT_X = [0, 0, -1, -1]
const LEFT_Y = [-1, 0, 0, -1]

/**
 * The boundary of every object as closed rings along pixel sides, in pixel-corner coordinates: the single pixel (0, 0)
 * has the ring 0,0 1,0 1,1 0,1. Outer rings run clockwise on the screen (y down), holes the other way. Pixels that touch
 * at a corner alone are in different rings.
 */
export function outlines(labels: LabelMap): Outline[] {
  const { width, height, data } = labels
  const visited = new Uint8Array(data.length)
  const found = new Map<number, Outline>()
  const is = (x: number, y: number, label: number): boolean => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === label
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i]!
      // Every ring, outer or hole, has a piece that runs east: the top side of a pixel of the object.
      if (label === 0 || visited[i] === 1 || is(x, y - 1, label)) continue
      const points: number[] = []
      let cornerX = x
      let cornerY = y
      let direction = 0
      let twiceArea = 0
      for (;;) {
        if (direction === 0) {
          const pixel = cornerY * width + cornerX
          if (visited[pixel] === 1) break
          visited[pixel] = 1
        }
        cornerX += DX[direction]!
        cornerY += DY[direction]!
        const right = is(cornerX + RIGHT_X[direction]!, cornerY + RIGHT_Y[direction]!, label)
        const left = is(cornerX + LEFT_X[direction]!, cornerY + LEFT_Y[direction]!, label)
        if (right && !left) continue
        points.push(cornerX, cornerY)
        direction = (direction + (right ? 3 : 1)) % 4
      }
      for (let p = 0; p < points.length; p += 2) {
        const q = (p + 2) % points.length
        twiceArea += points[p]! * points[q + 1]! - points[q]! * points[p + 1]!
      }
      let outline = found.get(label)
      if (outline === undefined) found.set(label, (outline = { label, rings: [] }))
      outline.rings.push({ points: fromTopLeft(points), hole: twiceArea < 0 })
    }
  }
  return [...found.values()].sort((a, b) => a.label - b.label)
}

/** The same ring, begun at its topmost, then leftmost corner: equal shapes give equal lists. */
function fromTopLeft(points: number[]): number[] {
  let first = 0
  for (let p = 2; p < points.length; p += 2) {
    const higher = points[p + 1]! - points[first + 1]!
    if (higher < 0 || (higher === 0 && points[p]! < points[first]!)) first = p
  }
  return [...points.slice(first), ...points.slice(0, first)]
}

/** The path data of an SVG `<path d>`; fill it with `fill-rule="evenodd"`. */
export function outlinePath(outline: Outline, scale = 1): string {
  return outline.rings
    .map(({ points }) => {
      let path = ''
      for (let p = 0; p < points.length; p += 2)
        path += `${p === 0 ? 'M' : 'L'}${round(points[p]! * scale)} ${round(points[p + 1]! * scale)}`
      return `${path}Z`
    })
    .join('')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

export interface GeoJsonFeature {
  type: 'Feature'
  id: number
  geometry: { type: 'Polygon'; coordinates: number[][][] } | { type: 'MultiPolygon'; coordinates: number[][][][] }
  properties: { label: number; objectType: 'annotation' }
}

/** Objects as GeoJSON in pixel-corner coordinates, as QuPath reads them. */
export function outlinesToGeoJson(all: Outline[]): { type: 'FeatureCollection'; features: GeoJsonFeature[] } {
  return {
    type: 'FeatureCollection',
    features: all.map((outline) => {
      const polygons = polygonsOf(outline)
      return {
        type: 'Feature' as const,
        id: outline.label,
        geometry:
          polygons.length === 1
            ? { type: 'Polygon' as const, coordinates: polygons[0]! }
            : { type: 'MultiPolygon' as const, coordinates: polygons },
        properties: { label: outline.label, objectType: 'annotation' as const },
      }
    }),
  }
}

/** Outer rings, each followed by its holes; every ring closed by repeating its first point. */
function polygonsOf(outline: Outline): number[][][][] {
  const close = (points: number[]): number[][] => {
    const ring: number[][] = []
    for (let p = 0; p < points.length; p += 2) ring.push([points[p]!, points[p + 1]!])
    ring.push([points[0]!, points[1]!])
    return ring
  }
  const outers = outline.rings.filter((ring) => !ring.hole)
  const polygons = outers.map((ring) => [close(ring.points)])
  for (const hole of outline.rings) {
    if (!hole.hole) continue
    // A hole's first corner is its topmost leftmost; the object's pixel above it is inside the ring that owns the hole.
    const owner = outers.findIndex((outer) => contains(outer.points, hole.points[0]! + 0.5, hole.points[1]! - 0.5))
    polygons[Math.max(0, owner)]?.push(close(hole.points))
  }
  return polygons
}

function contains(points: number[], x: number, y: number): boolean {
  let inside = false
  for (let p = 0, q = points.length - 2; p < points.length; q = p, p += 2) {
    const py = points[p + 1]!
    const qy = points[q + 1]!
    if (py > y !== qy > y && x < ((points[q]! - points[p]!) * (y - py)) / (qy - py) + points[p]!) inside = !inside
  }
  return inside
}
