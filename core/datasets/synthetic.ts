import type { LabelMap, Raster } from '../segmentation/image.ts'
import { relabel } from '../segmentation/labels.ts'
import { gaussian, hashText, seededRandom } from '../segmentation/random.ts'

export interface SyntheticImage {
  name: string
  /** The larger field it was cut from: two tiles a field. */
  group: string
  image: Raster
  labels: LabelMap
}

/**
 * Synthetic nuclei as a fluorescence microscope might show them: blurred ellipses of varied size and brightness, some of
 * them touching, uneven light, noise; 8-bit grey. Two tiles are cut from each field, so that grouping matters here too.
 * The same seed and index give the same image everywhere.
 *
 * @param size pixels a side of a tile
 */
export function syntheticImage(index: number, seed: number, size = 128): SyntheticImage {
  const field = Math.floor(index / 2)
  const { image, labels } = syntheticField(seed, field, size * 2, size)
  const left = (index % 2) * size
  return {
    name: `synthetic-${String(index + 1).padStart(4, '0')}`,
    group: `field-${String(field + 1).padStart(4, '0')}`,
    image: { ...crop(image, left, size), channels: 1 },
    labels: relabel(crop(labels, left, size)).labels,
  }
}

interface Ellipse {
  x: number
  y: number
  a: number
  b: number
  angle: number
  brightness: number
}

function syntheticField(
  seed: number,
  field: number,
  width: number,
  height: number,
): { image: { width: number; height: number; data: Uint8Array }; labels: LabelMap } {
  const random = seededRandom(hashText(`synthetic/${seed}/${field}`))
  const between = (low: number, high: number): number => low + (high - low) * random()
  const ellipses: Ellipse[] = []
  const radius = between(6, 11)
  const wanted = Math.round(((width * height) / (radius * radius * 16)) * between(0.6, 1.4))
  for (let tries = 0; ellipses.length < wanted && tries < wanted * 8; tries++) {
    const size = radius * Math.exp(0.22 * gaussian(random))
    const ellipse = {
      x: between(0, width),
      y: between(0, height),
      a: size * between(1, 1.35),
      b: size * between(0.75, 1),
      angle: between(0, Math.PI),
      brightness: between(60, 170),
    }
    const neighbour = ellipses[Math.floor(random() * ellipses.length)]
    if (neighbour !== undefined && random() < 0.3) {
      // A touching pair: just outside a nucleus that is there.
      const direction = between(0, 2 * Math.PI)
      const apart = (neighbour.a + neighbour.b + ellipse.a + ellipse.b) / 2
      ellipse.x = neighbour.x + apart * 0.97 * Math.cos(direction)
      ellipse.y = neighbour.y + apart * 0.97 * Math.sin(direction)
    }
    const inside = ellipse.x > -2 && ellipse.x < width + 2 && ellipse.y > -2 && ellipse.y < height + 2
    const free = ellipses.every(
      (other) => Math.hypot(other.x - ellipse.x, other.y - ellipse.y) > 0.9 * ((other.a + other.b + ellipse.a + ellipse.b) / 2),
    )
    if (inside && free) ellipses.push(ellipse)
  }
  const labels = new Uint16Array(width * height)
  const light = new Float32Array(width * height)
  ellipses.forEach((ellipse, i) => draw(ellipse, i + 1, width, height, labels, light))
  const blurred = blur(blur(light, width, height), width, height)
  const background = between(12, 30)
  const slope = { x: between(-12, 12) / width, y: between(-12, 12) / height }
  const noise = between(3, 7)
  const data = new Uint8Array(width * height)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = background + slope.x * x + slope.y * y + blurred[i]! + noise * gaussian(random)
      data[i] = Math.max(0, Math.min(255, Math.round(value)))
    }
  }
  return { image: { width, height, data }, labels: { width, height, data: labels } }
}

/** Paints one nucleus where no other is yet: nuclei touch, they do not overlap. Slightly brighter in the middle, grainy. */
function draw(ellipse: Ellipse, label: number, width: number, height: number, labels: Uint16Array, light: Float32Array): void {
  const reach = Math.ceil(ellipse.a) + 1
  const cos = Math.cos(ellipse.angle)
  const sin = Math.sin(ellipse.angle)
  for (let y = Math.max(0, Math.floor(ellipse.y - reach)); y < Math.min(height, ellipse.y + reach); y++) {
    for (let x = Math.max(0, Math.floor(ellipse.x - reach)); x < Math.min(width, ellipse.x + reach); x++) {
      const dx = x + 0.5 - ellipse.x
      const dy = y + 0.5 - ellipse.y
      const r = ((dx * cos + dy * sin) / ellipse.a) ** 2 + ((dy * cos - dx * sin) / ellipse.b) ** 2
      const at = y * width + x
      if (r > 1 || labels[at] !== 0) continue
      labels[at] = label
      light[at] = ellipse.brightness * (1 - 0.35 * r) * (1 + 0.12 * Math.sin(0.9 * dx + label) * Math.cos(0.8 * dy + label))
    }
  }
}

/** Mean over 3 x 3, edges repeated. */
function blur(values: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++)
          sum += values[Math.min(height - 1, Math.max(0, y + dy)) * width + Math.min(width - 1, Math.max(0, x + dx))]!
      }
      out[y * width + x] = sum / 9
    }
  }
  return out
}

function crop<T extends Uint8Array | Uint16Array | Uint32Array>(
  map: { width: number; height: number; data: T },
  left: number,
  width: number,
): { width: number; height: number; data: T } {
  const data = map.data.slice(0, width * map.height) as T
  for (let y = 0; y < map.height; y++) data.set(map.data.subarray(y * map.width + left, y * map.width + left + width), y * width)
  return { width, height: map.height, data }
}
