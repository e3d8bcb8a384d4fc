import type { LabelMap, Mask } from './image.ts'

/** What one object measures. Pixels are unit squares; coordinates are pixel corners, so a pixel (0, 0) has centre 0.5, 0.5. */
export interface ObjectShape {
  label: number
  /** Pixels. */
  area: number
  /** Diameter of the disc of the same area. */
  diameter: number
  /** Box of the pixels: left and top inclusive, right and bottom exclusive. */
  box: { left: number; top: number; right: number; bottom: number }
  centroid: { x: number; y: number }
}

/**
 * The same objects numbered 1..count in rising order of their old labels.
 * @returns `ids[n]` is the old label of the new label n (ids[0] is 0)
 */
export function relabel(labels: LabelMap): { labels: LabelMap; count: number; ids: Uint32Array } {
  const most = maxLabel(labels)
  const present = new Uint8Array(most + 1)
  for (let i = 0; i < labels.data.length; i++) present[labels.data[i]!] = 1
  const to = new Uint32Array(most + 1)
  const ids: number[] = [0]
  for (let label = 1; label <= most; label++) {
    if (present[label] === 1) to[label] = ids.push(label) - 1
  }
  const count = ids.length - 1
  const data = newLabels(labels.data.length, count)
  for (let i = 0; i < data.length; i++) data[i] = to[labels.data[i]!]!
  return { labels: { width: labels.width, height: labels.height, data }, count, ids: Uint32Array.from(ids) }
}

export function maxLabel(labels: LabelMap): number {
  let most = 0
  for (let i = 0; i < labels.data.length; i++) if (labels.data[i]! > most) most = labels.data[i]!
  return most
}

/** An empty label array that holds numbers up to `most`. */
export function newLabels(length: number, most: number): Uint16Array | Uint32Array {
  return most <= 65535 ? new Uint16Array(length) : new Uint32Array(length)
}

/** Pixels of every label: index is the label, entry 0 the background. */
export function labelAreas(labels: LabelMap): Uint32Array {
  const areas = new Uint32Array(maxLabel(labels) + 1)
  for (let i = 0; i < labels.data.length; i++) areas[labels.data[i]!]!++
  return areas
}

/** How many objects there are (labels need not be consecutive). */
export function countObjects(labels: LabelMap): number {
  const areas = labelAreas(labels)
  let count = 0
  for (let label = 1; label < areas.length; label++) if (areas[label]! > 0) count++
  return count
}

/** Every object's area, diameter, box and centroid, in rising order of label. */
export function objectShapes(labels: LabelMap): ObjectShape[] {
  const size = maxLabel(labels) + 1
  const area = new Uint32Array(size)
  const sumX = new Float64Array(size)
  const sumY = new Float64Array(size)
  const left = new Int32Array(size).fill(labels.width)
  const top = new Int32Array(size).fill(labels.height)
  const right = new Int32Array(size)
  const bottom = new Int32Array(size)
  for (let y = 0, i = 0; y < labels.height; y++) {
    for (let x = 0; x < labels.width; x++, i++) {
      const label = labels.data[i]!
      if (label === 0) continue
      area[label]!++
      sumX[label]! += x + 0.5
      sumY[label]! += y + 0.5
      if (x < left[label]!) left[label] = x
      if (x >= right[label]!) right[label] = x + 1
      if (y < top[label]!) top[label] = y
      bottom[label] = y + 1
    }
  }
  const shapes: ObjectShape[] = []
  for (let label = 1; label < size; label++) {
    const pixels = area[label]!
    if (pixels === 0) continue
    shapes.push({
      label,
      area: pixels,
      diameter: equivalentDiameter(pixels),
      box: { left: left[label]!, top: top[label]!, right: right[label]!, bottom: bottom[label]! },
      centroid: { x: sumX[label]! / pixels, y: sumY[label]! / pixels },
    })
  }
  return shapes
}

export function equivalentDiameter(area: number): number {
  return 2 * Math.sqrt(area / Math.PI)
}

/** Objects smaller than `minArea` pixels become background; the rest keep their labels. */
export function dropSmall(labels: LabelMap, minArea: number): LabelMap {
  const areas = labelAreas(labels)
  const data = labels.data.slice()
  for (let i = 0; i < data.length; i++) if (areas[data[i]!]! < minArea) data[i] = 0
  return { width: labels.width, height: labels.height, data }
}

/** Values of a class map. */
export const BACKGROUND = 0
export const INSIDE = 1
export const BORDER = 2

/**
 * Training target of the three classes: 0 background, 1 inside, 2 border. A border pixel belongs to an object and lies
 * within `thickness` pixels (by sides) of another object or of background; the image's own edge is no border. Drawn from
 * labels that have already been scaled to the network's size, so that a border is never thinned away.
 * @returns one class a pixel
 */
export function borderMap(labels: LabelMap, thickness = 1): Uint8Array {
  const { width, height, data } = labels
  const classes = new Uint8Array(data.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i]!
      if (label === 0) continue
      const edge =
        (x > 0 && data[i - 1] !== label) ||
        (x + 1 < width && data[i + 1] !== label) ||
        (y > 0 && data[i - width] !== label) ||
        (y + 1 < height && data[i + width] !== label)
      classes[i] = edge ? BORDER : INSIDE
    }
  }
  for (let step = 1; step < thickness; step++) {
    const before = classes.slice()
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (before[i] !== INSIDE) continue
        const touches =
          (x > 0 && before[i - 1] === BORDER) ||
          (x + 1 < width && before[i + 1] === BORDER) ||
          (y > 0 && before[i - width] === BORDER) ||
          (y + 1 < height && before[i + width] === BORDER)
        if (touches) classes[i] = BORDER
      }
    }
  }
  return classes
}

/**
 * Training target of the three classes where the border class is for telling objects apart only: a border pixel belongs
 * to an object and has another object within `reach` pixels (a square of side 2 reach + 1 around it). An edge towards
 * background is no border: its place is known from the background class, and a thin ring around every nucleus would
 * spend the network on it.
 * @returns one class a pixel
 */
export function contactMap(labels: LabelMap, reach: number): Uint8Array {
  const { width, height, data } = labels
  const classes = new Uint8Array(data.length)
  const touchesAnother = (x: number, y: number, label: number): boolean => {
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        const other = data[v * width + u]!
        if (other !== 0 && other !== label) return true
      }
    }
    return false
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i]!
      if (label !== 0) classes[i] = touchesAnother(x, y, label) ? BORDER : INSIDE
    }
  }
  return classes
}

/** The border class of `borderMap` as a mask: what is painted over an image to show objects. */
export function borderMask(labels: LabelMap, thickness = 1): Mask {
  const data = borderMap(labels, thickness)
  for (let i = 0; i < data.length; i++) data[i] = data[i] === BORDER ? 1 : 0
  return { width: labels.width, height: labels.height, data }
}
