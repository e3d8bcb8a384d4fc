import { type XY } from './thin.ts'

/** Dash patterns beside the colours of globals.css, so that curves are told apart without colour. */
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '14 4'] as const

export interface CurveStyle {
  colour: string
  dash: string
}

/** Style of the nth curve of a chart: 8 colours by 5 dash patterns before a pair comes back. */
export function curveStyle(index: number): CurveStyle {
  return { colour: `var(--curve-${(index % 8) + 1})`, dash: DASHES[index % DASHES.length] ?? '' }
}

export interface Curve extends CurveStyle {
  id: string
  label: string
  /** Sorted by x. */
  points: readonly XY[]
}
