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
