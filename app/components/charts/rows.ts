import { type XY } from './thin.ts'

/** One x with the value of every curve that has one there; `c0`, `c1`, … in the order of the curves. */
export type ChartRow = { x: number } & Record<`c${number}`, number | null>

/**
 * Lays curves over one x axis, sorted by x. Values that are not finite leave a gap.
 * @param curves points of each curve
 */
export function toRows(curves: readonly (readonly XY[])[]): ChartRow[] {
  const rows = new Map<number, ChartRow>()
  curves.forEach((points, i) => {
    for (const { x, y } of points) {
      let row = rows.get(x)
      if (row === undefined) rows.set(x, (row = { x }))
      row[`c${i}`] = Number.isFinite(y) ? y : null
    }
  })
  return [...rows.values()].sort((a, b) => a.x - b.x)
}
