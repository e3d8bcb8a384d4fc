/**
 * Otsu's threshold: the value that splits the samples into two classes of the greatest variance between them
 * (Otsu 1979). Samples above the returned value are the bright class.
 * @returns the threshold, or undefined when all samples are equal
 */
export function otsuThreshold(values: ArrayLike<number>): number | undefined {
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < least) least = value
    if (value > most) most = value
  }
  if (!(most > least)) return undefined
  const bins = 256
  const counts = new Float64Array(bins)
  const scale = (bins - 1) / (most - least)
  for (let i = 0; i < values.length; i++) counts[Math.round((values[i]! - least) * scale)]!++
  let sum = 0
  for (let bin = 0; bin < bins; bin++) sum += bin * counts[bin]!
  let best = -1
  let first = 0
  let last = 0
  let below = 0
  let sumBelow = 0
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin]!
    if (below === 0) continue
    const above = values.length - below
    if (above === 0) break
    sumBelow += bin * counts[bin]!
    const difference = sumBelow / below - (sum - sumBelow) / above
    const between = below * above * difference * difference
    if (between > best * (1 + 1e-12)) {
      best = between
      first = last = bin
    } else if (between >= best * (1 - 1e-12)) {
      last = bin
    }
  }
  // Between two classes with nothing in between every cut is equally good: take the middle one.
  return least + ((first + last) / 2 + 0.5) / scale
}
