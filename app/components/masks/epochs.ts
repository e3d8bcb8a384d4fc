import type { RunMasks } from '@/core/contracts/views.ts'

/** One epoch for every run (each then shows its nearest stored one at or before), or each run's best, or its newest. */
export type EpochSelection = number | 'best' | 'latest'

/** Newest stored epoch at or before `epoch`; null when the first one stored comes later. `stored` need not be sorted. */
export function storedAtOrBefore(stored: readonly number[], epoch: number): number | null {
  let found: number | null = null
  for (const candidate of stored) if (candidate <= epoch && (found === null || candidate > found)) found = candidate
  return found
}

/** The slider's range over several runs: from 1 to the longest run. */
export function epochRange(runs: readonly { epochs_total: number; epoch: number }[]): { first: number; last: number } {
  return { first: 1, last: Math.max(1, ...runs.map((run) => Math.max(run.epochs_total, run.epoch))) }
}

/** The epoch whose masks show a selection; null when nothing is stored yet, or only later epochs are. A run without a best shows its newest. */
export function resolveEpoch(index: Pick<RunMasks, 'epochs' | 'best_epoch'>, selection: EpochSelection): number | 'best' | null {
  if (selection === 'best' && index.best_epoch !== null && index.epochs.length > 0) return 'best'
  return storedAtOrBefore(index.epochs, typeof selection === 'number' ? selection : Infinity)
}
