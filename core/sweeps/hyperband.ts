/** A run's values of the sweep's metric, by epoch from 1; not every epoch need have one. */
export interface History {
  runId: string
  /** Epochs completed. */
  epoch: number
  values: { epoch: number; value: number }[]
  /** Live runs alone are pruned; those that have ended are what they are compared with. */
  live: boolean
  /** The last rung at which it was judged; 0 for none. */
  judged: number
}

export interface EarlyTermination {
  min_iter: number
  eta: number
}

export interface Prune {
  runId: string
  /** Epoch of the rung that it did not pass. */
  rung: number
  /** Its rank among the runs at that rung, from 1, and how many there are. */
  rank: number
  of: number
}

/** Epochs at which runs are compared: min_iter, min_iter * eta, min_iter * eta^2, .. below the run's last. */
export function rungs(settings: EarlyTermination, lastEpoch: number): number[] {
  const found: number[] = []
  for (let k = 0; ; k++) {
    const epoch = Math.floor(settings.min_iter * settings.eta ** k)
    if (epoch >= lastEpoch) return found
    found.push(epoch)
  }
}

/** The best finite value up to an epoch; null where there is none. */
export function bestUpTo(history: Pick<History, 'values'>, epoch: number, goal: 'maximize' | 'minimize'): number | null {
  let best: number | null = null
  for (const { epoch: at, value } of history.values) {
    if (at > epoch || !Number.isFinite(value)) continue
    if (best === null || (goal === 'maximize' ? value > best : value < best)) best = value
  }
  return best
}

export interface Judgement {
  pruned: Prune[]
  /** Live runs that pass a rung at which they had not been judged yet. */
  passed: { runId: string; rung: number }[]
}

/**
 * Which live runs pass the newest rung that they have reached: asynchronous successive halving (Li et al., 2018), as
 * Hyperband is run where runs arrive one by one. The best 1/eta of the runs that have reached the rung go on. With fewer
 * than eta there, nothing can be said yet and all go on; with more, a run is judged once, against those that are there
 * now: it is not called back when later ones overtake it, epochs after it has passed.
 */
export function judge(
  histories: readonly History[],
  settings: EarlyTermination,
  goal: 'maximize' | 'minimize',
  lastEpochOf: (runId: string) => number,
): Judgement {
  const judgement: Judgement = { pruned: [], passed: [] }
  for (const run of histories) {
    if (!run.live) continue
    const rung = rungs(settings, lastEpochOf(run.runId)).findLast((epoch) => epoch <= run.epoch)
    if (rung === undefined || rung <= run.judged) continue
    const there = histories.filter((other) => other.epoch >= rung)
    const mine = bestUpTo(run, rung, goal)
    const better = there.filter((other) => other.runId !== run.runId && isBetter(bestUpTo(other, rung, goal), mine, goal)).length
    const passing = Math.max(1, Math.floor(there.length / settings.eta))
    if (there.length >= settings.eta && better >= passing)
      judgement.pruned.push({ runId: run.runId, rung, rank: better + 1, of: there.length })
    else judgement.passed.push({ runId: run.runId, rung })
  }
  return judgement
}

function isBetter(a: number | null, b: number | null, goal: 'maximize' | 'minimize'): boolean {
  if (a === null) return false
  if (b === null) return true
  return goal === 'maximize' ? a > b : a < b
}
