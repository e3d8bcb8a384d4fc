import { DEFAULT_RUN_PARAMETERS, type RunParameters } from '../../core/contracts/run-parameters.ts'

/** What is compared, by name. Epochs are chosen so that a run takes the minutes that it is to be compared at. */
const REFERENCE: RunParameters = {
  ...DEFAULT_RUN_PARAMETERS,
  architecture: 'unet-mobilenetv2',
  encoder_alpha: 1,
  sampling: 'resize',
  augmentation: 'flip',
  target: 'semantic',
  loss: 'cross_entropy',
  schedule: 'constant',
  learning_rate: 0.001,
  epochs: 50,
  fine_tune_epochs: 0,
  early_stopping_patience: 10,
}

const LIGHT: RunParameters = {
  ...REFERENCE,
  architecture: 'unet-mobilenetv2-light',
  sampling: 'crop',
  augmentation: 'standard',
  loss: 'cross_entropy+dice',
  schedule: 'cosine',
  epochs: 1,
  fine_tune_epochs: 11,
  fine_tune_at: 0,
  fine_tune_learning_rate: 0.001,
  early_stopping_patience: 0,
  eval_every: 4,
}

export const CONFIGURATIONS: Record<string, RunParameters> = {
  reference: REFERENCE,
  light: LIGHT,
  'light-border': { ...LIGHT, target: 'semantic+border' },
  'light-narrow': { ...LIGHT, encoder_alpha: 0.35 },
  'light-narrow-border': { ...LIGHT, encoder_alpha: 0.35, target: 'semantic+border' },
  'light-strong': { ...LIGHT, augmentation: 'strong' },
  'light-balanced': { ...LIGHT, balance: 'strata', foreground_crops: 0.5 },
  'light-ema': { ...LIGHT, ema_decay: 0.99 },
  'light-boundary': { ...LIGHT, loss: 'boundary_weighted' },
}
