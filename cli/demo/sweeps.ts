import type { SweepSpecInput } from '../../core/contracts/sweep-spec.ts'

/** What both have in common: crops at native resolution, the lighter decoder, the whole network trained at a falling rate. */
const RECIPE: SweepSpecInput['parameters'] = {
  architecture: { value: 'unet-mobilenetv2-light' },
  pretrained: { value: 'imagenet' },
  image_size: { value: 128 },
  batch_size: { value: 16 },
  sampling: { value: 'crop' },
  balance: { value: 'strata' },
  loss: { value: 'cross_entropy+dice' },
  augmentation: { value: 'standard' },
  schedule: { value: 'cosine' },
  fine_tune_at: { value: 0 },
  // One epoch for the decoder alone, so that its random start does not disturb the encoder.
  epochs: { value: 1 },
  learning_rate: { value: 0.001 },
  fine_tune_learning_rate: { value: 0.001 },
}

/** Two short runs on a part of the images: shows the whole path, not how good a model can get. */
export function quickSweep(dataset: string): SweepSpecInput {
  return {
    name: 'Demo, quick',
    dataset,
    method: 'grid',
    metric: { name: 'val/dice', goal: 'maximize' },
    limit_images: 96,
    parameters: {
      ...RECIPE,
      encoder_alpha: { value: 0.35 },
      target: { values: ['semantic', 'semantic+border'] },
      // Few images: more steps from them.
      batch_size: { value: 8 },
      fine_tune_epochs: { value: 4 },
      eval_every: { value: 2 },
    },
  }
}

/** Four variants on all images: how much the encoder's width and the border class are worth. */
export function fullSweep(dataset: string): SweepSpecInput {
  return {
    name: 'Demo: encoder width and border class',
    dataset,
    method: 'grid',
    metric: { name: 'val/dice', goal: 'maximize' },
    parameters: {
      ...RECIPE,
      encoder_alpha: { values: [0.35, 1] },
      target: { values: ['semantic', 'semantic+border'] },
      // Six epochs: the four runs then take well under an hour on two cores.
      fine_tune_epochs: { value: 5 },
      eval_every: { value: 2 },
    },
  }
}
