import { AppError } from '../errors.ts'

/** A square window on an image; it may reach past the right and lower edge, where the image is continued by reflection. */
export interface Tile {
  x: number
  y: number
  w: number
  h: number
}

export interface TilePlan {
  width: number
  height: number
  /** Side of every tile, in pixels. */
  tile: number
  /** Least overlap of neighbours, in pixels. */
  overlap: number
  tiles: Tile[]
}

/**
 * Covers an image of any size with square tiles of one size. Neighbours overlap by at least `overlap`; the last tile of a
 * row or column is moved in to end at the edge. An image smaller than the tile is one tile, filled up by reflection.
 */
export function planTiles(width: number, height: number, tile: number, overlap: number): TilePlan {
  if (!(width >= 1 && height >= 1 && tile >= 1)) throw new AppError('BAD_REQUEST', `No tiling of a ${width}x${height} image by ${tile}.`)
  const shared = Math.max(0, Math.min(Math.floor(overlap), Math.floor(tile / 2)))
  const columns = starts(width, tile, shared)
  const rows = starts(height, tile, shared)
  return { width, height, tile, overlap: shared, tiles: rows.flatMap((y) => columns.map((x) => ({ x, y, w: tile, h: tile }))) }
}

function starts(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0]
  const count = Math.ceil((length - overlap) / (tile - overlap))
  // Spread evenly, so that overlaps are equal instead of one large one at the end.
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)))
}

/**
 * The samples of one tile.
 * @param data height x width x channels
 * @returns tile x tile x channels; past the edge, the image mirrored about its outermost pixels (d c | b a b c d).
 */
export function extractTile(data: Float32Array, plan: TilePlan, at: Tile, channels: number): Float32Array {
  const out = new Float32Array(at.w * at.h * channels)
  for (let row = 0; row < at.h; row++) {
    const from = reflect(at.y + row, plan.height) * plan.width
    const to = row * at.w
    if (at.x + at.w <= plan.width) {
      out.set(data.subarray((from + at.x) * channels, (from + at.x + at.w) * channels), to * channels)
      continue
    }
    for (let column = 0; column < at.w; column++) {
      const source = (from + reflect(at.x + column, plan.width)) * channels
      for (let c = 0; c < channels; c++) out[(to + column) * channels + c] = data[source + c]!
    }
  }
  return out
}

/** Mirrors an index about the first and last pixel, as often as needed; 0 for a length of 1. */
export function reflect(index: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const at = ((index % period) + period) % period
  return at < length ? at : period - at
}

/**
 * Weight of every pixel of a tile, rising linearly over the overlap from each edge: what a network says of a pixel is
 * worst near the edge of its view. Above 0 everywhere, so that the image's own edge has a weight too.
 */
export function blendWeights(tile: number, overlap: number): Float32Array {
  const ramp = Float32Array.from({ length: tile }, (_, i) => Math.min(1, (Math.min(i, tile - 1 - i) + 1) / (overlap + 1)))
  const weights = new Float32Array(tile * tile)
  for (let y = 0; y < tile; y++) for (let x = 0; x < tile; x++) weights[y * tile + x] = ramp[y]! * ramp[x]!
  return weights
}

/** Puts the tiles' predictions together: the weighted mean where they overlap, and no seam. */
export class TileBlender {
  private readonly sum: Float32Array
  private readonly weight: Float32Array
  private readonly weights: Float32Array

  constructor(
    private readonly plan: TilePlan,
    private readonly channels: number,
  ) {
    this.sum = new Float32Array(plan.width * plan.height * channels)
    this.weight = new Float32Array(plan.width * plan.height)
    this.weights = blendWeights(plan.tile, plan.overlap)
  }

  /** @param prediction tile x tile x channels; what lies past the image's edge is ignored. */
  add(at: Tile, prediction: ArrayLike<number>): void {
    const { width, height, tile } = this.plan
    const rows = Math.min(tile, height - at.y)
    const columns = Math.min(tile, width - at.x)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weight = this.weights[row * tile + column]!
        const pixel = (at.y + row) * width + at.x + column
        this.weight[pixel]! += weight
        for (let c = 0; c < this.channels; c++) {
          this.sum[pixel * this.channels + c]! += weight * prediction[(row * tile + column) * this.channels + c]!
        }
      }
    }
  }

  /** @returns height x width x channels */
  result(): Float32Array {
    const out = new Float32Array(this.sum.length)
    for (let pixel = 0; pixel < this.weight.length; pixel++) {
      const weight = this.weight[pixel]!
      if (weight === 0) continue
      for (let c = 0; c < this.channels; c++) out[pixel * this.channels + c] = this.sum[pixel * this.channels + c]! / weight
    }
    return out
  }
}
