import { isEnded, type RunView } from '@/core/contracts/views.ts'

/** What the mask grid needs to know of a run. */
export interface GridRun {
  runId: string
  name: string
  /** CSS colour of its curve. */
  colour: string
  live: boolean
  epoch: number
  epochsTotal: number
  /** Null: comparable with the first run; else why not. */
  unlike: string | null
}

/** Why two runs' figures cannot be set beside each other; null where they can. */
export function whyNotComparable(run: RunView, first: RunView): string | null {
  if (run.run_id === first.run_id) return null
  if (run.dataset_version_id !== first.dataset_version_id)
    return `trained on ${run.dataset ?? 'no dataset'}, not on ${first.dataset ?? 'no dataset'}`
  if (run.split_id !== first.split_id)
    return `split with seed ${run.split_seed ?? '?'}, not ${first.split_seed ?? '?'}: its validation images are others`
  return null
}

export function toGridRun(run: RunView, first: RunView, colour: string): GridRun {
  return {
    runId: run.run_id,
    name: run.name,
    colour,
    live: !isEnded(run.status),
    epoch: run.epoch,
    epochsTotal: run.epochs_total,
    unlike: whyNotComparable(run, first),
  }
}
