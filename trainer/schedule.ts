import type { RunParameters } from '../core/contracts/run-parameters.ts'

/** Steps over which a cosine schedule rises from nothing: fresh decoder weights give wild first gradients. */
const WARM_UP_SHARE = 0.03
const MOST_WARM_UP_STEPS = 100

/**
 * Learning rate of a step.
 *
 * `constant`: the phase's own rate (fine_tune_learning_rate once the encoder is trained). `cosine`: that rate, risen over
 * a short warm-up, then times half a cosine over the whole run, so that it ends at nothing.
 * @param step from 0, over the whole run
 * @param fineTuning whether the step belongs to the fine-tuning epochs
 */
export function learningRate(
  params: Pick<RunParameters, 'schedule' | 'learning_rate' | 'fine_tune_learning_rate'>,
  step: number,
  totalSteps: number,
  fineTuning: boolean,
): number {
  const rate = fineTuning ? params.fine_tune_learning_rate : params.learning_rate
  if (params.schedule === 'constant') return rate
  const warmUp = Math.min(MOST_WARM_UP_STEPS, Math.ceil(totalSteps * WARM_UP_SHARE))
  const rise = Math.min(1, (step + 1) / warmUp)
  return rate * rise * 0.5 * (1 + Math.cos((Math.PI * step) / totalSteps))
}
