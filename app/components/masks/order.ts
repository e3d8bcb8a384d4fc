/** How the rows of the mask grid are ordered. A run id stands for "worst of that run first". */
export type RowOrder = 'worst' | 'disputed' | 'name' | `run:${string}`

export interface RowScores {
  imageId: string
  name: string
  /** Dice by run id; a run without a score of this image is missing. */
  dice: Readonly<Record<string, number>>
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const spread = (values: number[]): number => (values.length < 2 ? 0 : Math.max(...values) - Math.min(...values))

/** Rows in order; those without any score come last, ties by name, so that the order never depends on the input's. */
export function orderRows<R extends RowScores>(rows: readonly R[], order: RowOrder): R[] {
  const key = (row: R): number => {
    const values = Object.values(row.dice)
    if (order === 'name') return 0
    if (values.length === 0) return Infinity
    if (order === 'worst') return mean(values)
    if (order === 'disputed') return -spread(values)
    return row.dice[order.slice('run:'.length)] ?? Infinity
  }
  const keyed = rows.map((row) => ({ row, at: key(row) }))
  return keyed
    .sort((a, b) => (a.at === b.at ? a.row.name.localeCompare(b.row.name, 'en', { numeric: true }) : a.at - b.at))
    .map(({ row }) => row)
}
