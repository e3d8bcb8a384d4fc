/** The least "round" step (1, 2, 2.5 or 5 times a power of ten) that cuts a span into at most `most` parts. */
function roundStep(span: number, most: number, whole: boolean): number {
  const rough = span / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * (1 - 1e-9)) ?? rough
  return whole ? Math.max(1, Math.ceil(step)) : step
}

const tidy = (value: number): number => Number(value.toPrecision(12))

export interface Axis {
  domain: [number, number]
  ticks: number[]
}

/**
 * An axis that begins and ends at round values around the data.
 * @param most parts between ticks
 */
export function valueAxis(least: number, greatest: number, most = 4): Axis {
  if (least === greatest) {
    // One value: a frame around it, so that it does not lie on an edge.
    if (least === 0) return valueAxis(0, 1, most)
    const half = Math.abs(least) * 0.5
    return valueAxis(least - half, greatest + half, 2)
  }
  const step = roundStep(greatest - least, most, false)
  const from = Math.floor(least / step + 1e-9)
  const to = Math.ceil(greatest / step - 1e-9)
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => tidy((from + i) * step))
  return { domain: [ticks[0] ?? least, ticks[ticks.length - 1] ?? greatest], ticks }
}

/** An axis that fits its data exactly, with ticks at round values within; epochs and steps at whole ones. */
export function positionAxis(from: number, to: number, whole: boolean, most = 7): Axis {
  if (from >= to) return { domain: whole ? [from - 0.5, from + 0.5] : [from, from + 1], ticks: [from] }
  const step = roundStep(to - from, most, whole)
  const ticks: number[] = []
  for (let value = Math.ceil(from / step - 1e-9) * step; value <= to + step * 1e-9; value += step) ticks.push(tidy(value))
  // The first epoch is worth a tick of its own where there is room before the next.
  if (whole && ticks[0] !== from && (ticks[0] ?? to) - from >= step / 2) ticks.unshift(from)
  return { domain: [from, to], ticks }
}

/**
 * Whether a reference line is near enough to the data to share its axis: further away it would press the curves flat,
 * and stands in the legend alone.
 */
export function isNear(reference: number, least: number, greatest: number): boolean {
  const span = Math.max(greatest - least, Math.abs(greatest) * 0.1)
  return reference >= least - 2 * span && reference <= greatest + 2 * span
}
