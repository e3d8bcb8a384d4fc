/**
 * Colours of error overlays (Okabe and Ito's set, told apart under every common colour blindness) and their second,
 * colourless sign. Never red against green.
 */
export const MASK_COLOURS = {
  /** Truth that the model missed; dotted. */
  falseNegative: '#0072B2',
  /** Found where there is nothing; hatched. */
  falsePositive: '#E69F00',
  /** Objects of the truth and of agreement: a thin line, white on a dark rim, seen on any image. */
  neutral: '#FFFFFF',
  neutralRim: 'rgba(0, 0, 0, 0.72)',
  /** Outlines of predicted objects. */
  predicted: '#F0E442',
} as const

export const MASK_MODES = ['overlay', 'errors', 'outline', 'raw'] as const
export type MaskMode = (typeof MASK_MODES)[number]

export const MODE_LABELS: Record<MaskMode, string> = {
  overlay: 'Overlay',
  errors: 'TP / FP / FN',
  outline: 'Outlines',
  raw: 'Raw image',
}

export const MODE_HELP: Record<MaskMode, string> = {
  overlay: 'Probability of nucleus over the image',
  errors: 'Missed pixels blue and dotted, false ones orange and hatched, right ones outlined',
  outline: 'Outlines of the objects found, and of the truth',
  raw: 'The image alone',
}

/** Viridis at eleven stops, 0 to 1: even steps of lightness, readable in grey. */
const VIRIDIS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [72, 36, 117],
  [65, 68, 135],
  [53, 95, 141],
  [42, 120, 142],
  [33, 145, 140],
  [34, 168, 132],
  [68, 191, 112],
  [122, 209, 81],
  [189, 223, 38],
  [253, 231, 37],
]

/** 256 RGBA entries of the probability overlay: from 10 % on opaque enough to be seen. */
export const PROBABILITY_RAMP: Uint8ClampedArray = (() => {
  const ramp = new Uint8ClampedArray(256 * 4)
  for (let value = 0; value < 256; value++) {
    const at = (value / 255) * (VIRIDIS.length - 1)
    const low = VIRIDIS[Math.floor(at)] ?? [0, 0, 0]
    const high = VIRIDIS[Math.min(VIRIDIS.length - 1, Math.floor(at) + 1)] ?? low
    const t = at - Math.floor(at)
    for (const c of [0, 1, 2] as const) ramp[value * 4 + c] = low[c] + (high[c] - low[c]) * t
    ramp[value * 4 + 3] = value < 13 ? value * 4 : Math.min(190, 70 + value * 0.5)
  }
  return ramp
})()

export const probabilityGradient = `linear-gradient(to right, ${VIRIDIS.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(', ')})`
