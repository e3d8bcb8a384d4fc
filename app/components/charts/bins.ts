export interface Bin {
  from: number
  to: number
  count: number
}

/** A round width of bins: 1, 2 or 5 times a power of ten. */
function niceWidth(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= width * 0.9999) ?? 10
  return step * power
}

/**
 * Counts in bins of one round width that cover all values; `to` is exclusive.
 * @param whole values are whole numbers: no bin is narrower than 1
 */
export function binValues(values: readonly number[], most = 24, whole = false): Bin[] {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return []
  const least = Math.min(...finite)
  const greatest = Math.max(...finite)
  const width = Math.max(whole ? 1 : 0, niceWidth(Math.max(greatest - least, whole ? 1 : 1e-6) / most))
  const start = Math.floor(least / width) * width
  const count = Math.floor((greatest - start) / width) + 1
  const bins = Array.from({ length: count }, (_, i) => ({ from: start + i * width, to: start + (i + 1) * width, count: 0 }))
  for (const value of finite) {
    const bin = bins[Math.min(count - 1, Math.floor((value - start) / width))]
    if (bin !== undefined) bin.count++
  }
  return bins
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}
