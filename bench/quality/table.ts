import { table } from '../../cli/output.ts'
import type { Outcome } from './train-one.ts'

const SHOWN = ['dice', 'iou', 'ap50', 'map'] as const
/** A stratum's figure counts from so many groups over all seeds. */
const ENOUGH_GROUPS = 10

/** Mean over the seeds with the spread between them, for each configuration, side and stratum; Otsu + watershed beside them. */
export function printOutcomes(outcomes: readonly Outcome[]): string {
  const rows: (string | null)[][] = []
  for (const configuration of [...new Set(outcomes.map((one) => one.configuration))]) {
    const runs = outcomes.filter((one) => one.configuration === configuration)
    for (const side of ['val', 'test'] as const) {
      const figures = runs.map((one) => (side === 'val' ? one.validation : one.test)).filter((one) => one !== null)
      if (figures.length === 0) continue
      rows.push(...sideRows(configuration, side, runs, figures))
    }
    rows.push(
      ...sideRows(
        'Otsu + watershed',
        'val',
        runs,
        runs.map((one) => one.baseline),
      ).slice(0, 1),
    )
  }
  return table(['CONFIGURATION', 'SIDE', 'STRATUM', 'GROUPS', 'IMAGES', 'DICE', 'IOU', 'AP50', 'MAP', 'MINUTES'], rows)
}

function sideRows(
  name: string,
  side: 'val' | 'test',
  runs: readonly Outcome[],
  figures: readonly Record<string, number>[],
): (string | null)[][] {
  const strata = [...new Set(runs.flatMap((one) => Object.keys(one.counts[side])))].sort()
  const minutes =
    name === 'Otsu + watershed'
      ? null
      : meanAndSpread(
          runs.map((one) => one.minutes),
          1,
        )
  const total = (of: 'groups' | 'images', stratum?: string): number =>
    runs.reduce((sum, one) => {
      const counts = Object.entries(one.counts[side]).filter(([key]) => stratum === undefined || key === stratum)
      return sum + counts.reduce((part, [, count]) => part + count[of], 0)
    }, 0)
  const all = [
    name,
    side,
    'all',
    String(total('groups')),
    String(total('images')),
    ...SHOWN.map((key) => valueOf(figures, `${side}/${key}`)),
    minutes,
  ]
  return [
    all,
    ...strata.map((stratum) => [
      '',
      side,
      total('groups', stratum) < ENOUGH_GROUPS ? `(${stratum})` : stratum,
      String(total('groups', stratum)),
      String(total('images', stratum)),
      ...SHOWN.map((key) => valueOf(figures, `${side}/${key}@${stratum}`)),
      null,
    ]),
  ]
}

function valueOf(figures: readonly Record<string, number>[], key: string): string | null {
  const values = figures.map((one) => one[key]).filter((value) => value !== undefined)
  return values.length === 0 ? null : meanAndSpread(values, 3)
}

/** "0.912 ±0.004": mean and standard deviation between the seeds. */
function meanAndSpread(values: readonly number[], digits: number): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length === 1) return mean.toFixed(digits)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return `${mean.toFixed(digits)} ±${Math.sqrt(variance).toFixed(digits)}`
}
