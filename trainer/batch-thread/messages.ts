import type { Sample } from '../augment/draw-patch.ts'
import type { Batch, BatchParameters, EpochImage } from '../batches.ts'
import type { WireError } from '../threads/wire-error.ts'

/** Batches that wait ready beside the one being trained: one covers a step, the second a step that was quicker than usual. */
export const AHEAD = 2

/** What the thread is started with. The samples' pixels and labels are memory that both threads see. */
export interface BatchThreadStart {
  images: EpochImage[]
  samples: readonly Sample[]
  params: BatchParameters
}

/**
 * What the training thread asks for. `turn` numbers the epochs as they are asked for (an epoch may be asked for twice), so that
 * what is still under way of an abandoned one is told apart.
 */
export type Order = { turn: number } & ({ begin: number } | { taken: true } | { abandon: true })

export type Delivery = { turn: number } & ({ batch: Batch } | { end: true } | { error: WireError })
