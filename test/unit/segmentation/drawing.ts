import type { LabelMap, Mask } from '../../../core/segmentation/image.ts'

/** A label map drawn as text: one row a line, one digit a pixel, `.` is background. */
export function labelsOf(text: string): LabelMap {
  const rows = text
    .trim()
    .split('\n')
    .map((row) => row.trim())
  const width = rows[0]!.length
  const data = new Uint16Array(rows.flatMap((row) => [...row].map((char) => (char === '.' ? 0 : Number(char)))))
  return { width, height: rows.length, data }
}

export function maskOf(text: string): Mask {
  const { width, height, data } = labelsOf(text)
  return { width, height, data: Uint8Array.from(data, (label) => (label === 0 ? 0 : 1)) }
}

export function drawn(labels: { width: number; height: number; data: ArrayLike<number> }): string {
  const rows: string[] = []
  for (let y = 0; y < labels.height; y++) {
    rows.push(Array.from({ length: labels.width }, (_, x) => labels.data[y * labels.width + x] || '.').join(''))
  }
  return rows.join('\n')
}

/** Removes the indentation of a drawing. */
export function picture(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((row) => row.trim())
    .join('\n')
}

/** Discs as label maps: label i + 1 for the i-th; later ones lie on top. */
export function discs(width: number, height: number, all: { x: number; y: number; r: number }[]): LabelMap {
  const data = new Uint16Array(width * height)
  all.forEach(({ x, y, r }, i) => {
    for (let py = Math.max(0, Math.floor(y - r)); py < Math.min(height, y + r + 1); py++) {
      for (let px = Math.max(0, Math.floor(x - r)); px < Math.min(width, x + r + 1); px++) {
        if ((px + 0.5 - x) ** 2 + (py + 0.5 - y) ** 2 <= r * r) data[py * width + px] = i + 1
      }
    }
  })
  return { width, height, data }
}
