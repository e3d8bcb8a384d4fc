import type { RunParameters } from '../core/contracts/run-parameters.ts'

/**
 * Steps over which a cosine schedule rises from nothing, at the start of each phase: Adam's first steps are as long for a
 * tiny gradient as for a large one, which undoes a pretrained encoder (seen: validation Dice from 0.82 to 0.50 in the
 * first epoch of fine-tuning at 0.002).
 */
const WARM_UP_SHARE = 0.1
const MOST_WARM_UP_STEPS = 100

/** The plateau schedule: epochs without a better val/loss after which the rate is lowered, and by how much. */
const PLATEAU_PATIENCE = 3
const PLATEAU_FACTOR = 0.3

/** What the plateau schedule remembers. */
export interface Plateau {
  /** What the learning rate is multiplied by. */
  factor: number
  /** The epoch after which that began. */
  since: number
}

/** @param leastLossEpoch epoch of the least val/loss so far; an epoch counts as standing still from the last lowering on */
export function plateauAfter(plateau: Plateau, epoch: number, leastLossEpoch: number): Plateau {
  if (epoch - Math.max(plateau.since, leastLossEpoch) < PLATEAU_PATIENCE) return plateau
  return { factor: plateau.factor * PLATEAU_FACTOR, since: epoch }
}

/** Where in a run a training step stands. */
export interface StepPlace {
  /** From 0, over the whole run. */
  step: number
  totalSteps: number
  /** First step of the phase that it belongs to: the optimizer began afresh there. */
  phaseStart: number
  fineTuning: boolean
  /** Of the plateau schedule, else 1. */
  factor: number
}

/**
 * Learning rate of a step.
 *
 * `constant`: the phase's own rate (fine_tune_learning_rate once the encoder is trained). `cosine`: that rate, risen over
 * a short warm-up of the phase, times half a cosine over the whole run, so that it ends at nothing. `plateau`: that rate
 * times what `plateauAfter` says.
 */
export function learningRate(
  params: Pick<RunParameters, 'schedule' | 'learning_rate' | 'fine_tune_learning_rate'>,
  { step, totalSteps, phaseStart, fineTuning, factor }: StepPlace,
): number {
  const rate = fineTuning ? params.fine_tune_learning_rate : params.learning_rate
  if (params.schedule === 'constant') return rate
  if (params.schedule === 'plateau') return rate * factor
  const warmUp = Math.min(MOST_WARM_UP_STEPS, Math.ceil((totalSteps - phaseStart) * WARM_UP_SHARE))
  const rise = Math.min(1, (step - phaseStart + 1) / warmUp)
  return rate * rise * 0.5 * (1 + Math.cos((Math.PI * step) / totalSteps))
}
