import { RUN_PARAMETER_INFO } from '@/core/contracts/run-parameters.ts'
import { fromWire, type RunView } from '@/core/contracts/views.ts'

type Value = number | string | boolean | undefined

export interface DifferenceRow {
  key: string
  label: string
  /** In the order of the runs. */
  values: Value[]
}

const LABELS = new Map<string, string>(RUN_PARAMETER_INFO.map((info) => [info.name, info.label]))
const ORDER = new Map<string, number>(RUN_PARAMETER_INFO.map((info, i) => [info.name, i]))

/** The parameters whose values are not the same in all runs, in the form's order; a parameter that a run lacks counts as a value. */
export function differingParameters(runs: readonly Pick<RunView, 'params'>[]): DifferenceRow[] {
  const keys = new Set(runs.flatMap((run) => Object.keys(run.params)))
  return [...keys]
    .map((key) => ({ key, label: LABELS.get(key) ?? key, values: runs.map((run) => run.params[key]) }))
    .filter(({ values }) => new Set(values).size > 1)
    .sort((a, b) => (ORDER.get(a.key) ?? 999) - (ORDER.get(b.key) ?? 999) || a.key.localeCompare(b.key))
}

/** Index of the best of some values; null where fewer than two are there or the best two are equal: no winner is made up. */
export function bestIndex(values: readonly (number | null)[], lowerIsBetter: boolean): number | null {
  const there = values.flatMap((value, i) =>
    value === null || !Number.isFinite(value) ? [] : [{ value: lowerIsBetter ? -value : value, i }],
  )
  there.sort((a, b) => b.value - a.value)
  const [first, second] = there
  return first === undefined || second === undefined || first.value === second.value ? null : first.i
}

/** A metric at the run's best epoch is not known to a summary: its best value is shown, with the epoch it was reached in. */
export function bestOf(run: Pick<RunView, 'metrics'>, key: string): { value: number; epoch: number | null } | null {
  const summary = run.metrics[key]
  if (summary === undefined || summary.best === null) return null
  return { value: fromWire(summary.best), epoch: summary.best_step }
}
