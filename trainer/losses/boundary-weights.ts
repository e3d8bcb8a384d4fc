import type { LabelMap } from '../../core/segmentation/image.ts'

/** Greatest extra weight, where two nuclei touch, and how fast it falls with the width of the gap, in pixels. */
const GAP_WEIGHT = 10
const SIGMA = 5
/** Past this d1 + d2 the extra weight is below a thousandth. */
const REACH = SIGMA * Math.sqrt(2 * Math.log(GAP_WEIGHT * 1000))

/**
 * Weight of every pixel: U-Net's map without its class balance (Ronneberger et al. 2015, eq. 2),
 * 1 + 10 exp(-(d1 + d2)^2 / (2 * 5^2)), on background pixels, d1 and d2 being the distances to the nearest and the second
 * nearest nucleus. Inside nuclei 1.
 *
 * Distances are carried from pixel to pixel in two sweeps (Danielsson 1980), as offsets to the two nearest pixels of
 * different nuclei: right to a fraction of a pixel.
 * @returns height x width
 */
export function boundaryWeights(labels: LabelMap): Float32Array {
  const { height, data } = labels
  const weights = new Float32Array(data.length).fill(1)
  if (!hasTwo(data)) return weights
  const nearest = new NearestTwo(labels)
  for (let y = 0; y < height; y++) {
    nearest.sweepRow(y, -1)
  }
  for (let y = height - 1; y >= 0; y--) {
    nearest.sweepRow(y, 1)
  }
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0) continue
    const gap = nearest.gapAt(i)
    if (gap < REACH) weights[i] = 1 + GAP_WEIGHT * Math.exp(-(gap * gap) / (2 * SIGMA * SIGMA))
  }
  return weights
}

function hasTwo(data: LabelMap['data']): boolean {
  let first = 0
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!
    if (label === 0 || label === first) continue
    if (first !== 0) return true
    first = label
  }
  return false
}

/** Of every pixel the two nearest labels met so far, with the offset to a pixel of each. Entry 2 i is the nearest. */
class NearestTwo {
  private readonly width: number
  private readonly height: number
  private readonly label: Uint32Array
  private readonly dx: Int16Array
  private readonly dy: Int16Array
  private readonly squared: Float32Array

  constructor({ width, height, data }: LabelMap) {
    this.width = width
    this.height = height
    this.label = new Uint32Array(2 * data.length)
    this.dx = new Int16Array(2 * data.length)
    this.dy = new Int16Array(2 * data.length)
    this.squared = new Float32Array(2 * data.length).fill(Infinity)
    for (let i = 0; i < data.length; i++) {
      if (data[i] === 0) continue
      this.label[2 * i] = data[i]!
      this.squared[2 * i] = 0
    }
  }

  /** d1 + d2; Infinity where fewer than two nuclei are known. */
  gapAt(pixel: number): number {
    return Math.sqrt(this.squared[2 * pixel]!) + Math.sqrt(this.squared[2 * pixel + 1]!)
  }

  /** Takes from the row at `y + from`, then along the row both ways. */
  sweepRow(y: number, from: -1 | 1): void {
    const { width } = this
    const other = y + from
    if (other >= 0 && other < this.height) {
      for (let x = 0; x < width; x++) {
        for (let step = -1; step <= 1; step++) if (x + step >= 0 && x + step < width) this.take(x, y, x + step, other)
      }
    }
    for (let x = 1; x < width; x++) this.take(x, y, x - 1, y)
    for (let x = width - 2; x >= 0; x--) this.take(x, y, x + 1, y)
  }

  private take(x: number, y: number, fromX: number, fromY: number): void {
    const from = 2 * (fromY * this.width + fromX)
    for (let k = from; k < from + 2; k++) {
      const label = this.label[k]!
      if (label !== 0) this.offer(2 * (y * this.width + x), label, this.dx[k]! + fromX - x, this.dy[k]! + fromY - y)
    }
  }

  private offer(at: number, label: number, dx: number, dy: number): void {
    const squared = dx * dx + dy * dy
    const isFirst = this.label[at] === label
    if (squared < this.squared[at]!) {
      // the nearest so far becomes the second, unless it is the same nucleus
      if (!isFirst) this.copy(at, at + 1)
      this.put(at, label, dx, dy, squared)
    } else if (!isFirst && squared < this.squared[at + 1]!) this.put(at + 1, label, dx, dy, squared)
  }

  private copy(from: number, to: number): void {
    this.put(to, this.label[from]!, this.dx[from]!, this.dy[from]!, this.squared[from]!)
  }

  private put(at: number, label: number, dx: number, dy: number, squared: number): void {
    this.label[at] = label
    this.dx[at] = dx
    this.dy[at] = dy
    this.squared[at] = squared
  }
}
