import {
  DEFAULT_RUN_PARAMETERS,
  GPU_RUN_PARAMETERS,
  REFERENCE_RUN_PARAMETERS,
  type RunParameters,
} from '../../core/contracts/run-parameters.ts'

/** What is compared, by name. Epochs are chosen so that a run takes the minutes that it is to be compared at. */
const REFERENCE: RunParameters = { ...REFERENCE_RUN_PARAMETERS, epochs: 50, early_stopping_patience: 10 }
const LIGHT: RunParameters = DEFAULT_RUN_PARAMETERS

export const CONFIGURATIONS: Record<string, RunParameters> = {
  reference: REFERENCE,
  defaults: LIGHT,
  gpu: GPU_RUN_PARAMETERS,
  'light-border': { ...LIGHT, target: 'semantic+border' },
  'light-narrow': { ...LIGHT, encoder_alpha: 0.35 },
  'light-narrow-border': { ...LIGHT, encoder_alpha: 0.35, target: 'semantic+border' },
  'light-strong': { ...LIGHT, augmentation: 'strong' },
  'light-balanced': { ...LIGHT, balance: 'strata', foreground_crops: 0.5 },
  'light-ema': { ...LIGHT, ema_decay: 0.99 },
  'light-boundary': { ...LIGHT, loss: 'boundary_weighted' },
}
