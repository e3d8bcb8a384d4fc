import { GPU_RUN_PARAMETERS, recipeOf, REFERENCE_RUN_PARAMETERS } from '@/core/contracts/run-parameters.ts'

/** A sweep to begin with: what it sets, without dataset and experiment. */
export interface StartingPoint {
  id: string
  title: string
  runs: string
  description: string
  spec: Record<string, unknown>
}

/** What the best defaults are depends on where they train. @param device of a trainer that is there */
export function startingPoints(device: 'cpu' | 'gpu'): readonly StartingPoint[] {
  if (device === 'cpu') return STARTING_POINTS
  return STARTING_POINTS.map((point) =>
    point.id !== 'best-defaults'
      ? point
      : {
          ...point,
          description: 'For your GPU: larger crops, stronger augmentation and four times the epochs of what suits a processor.',
          spec: { ...point.spec, parameters: recipeOf(GPU_RUN_PARAMETERS) },
        },
  )
}

const STARTING_POINTS: readonly StartingPoint[] = [
  {
    id: 'quick-look',
    title: 'Quick look',
    runs: '2 runs',
    description: 'A narrow encoder, few epochs, at most 80 images: does it learn at all?',
    spec: {
      name: 'Quick look',
      method: 'grid',
      metric: { name: 'val/dice', goal: 'maximize' },
      limit_images: 80,
      parameters: {
        encoder_alpha: { value: 0.35 },
        learning_rate: { values: [0.003, 0.001] },
        epochs: { value: 4 },
        fine_tune_epochs: { value: 0 },
      },
    },
  },
  {
    id: 'best-defaults',
    title: 'Best defaults',
    runs: '1 run',
    description: 'Crops at their own resolution, augmentation, the whole network trained: about 20 minutes on two cores.',
    spec: { name: 'Best defaults', method: 'grid', metric: { name: 'val/dice', goal: 'maximize' }, parameters: {} },
  },
  {
    id: 'learning-rates',
    title: 'Compare learning rates',
    runs: '6 runs',
    description: 'The reference U-Net at six learning rates, evenly spaced in the logarithm.',
    spec: {
      name: 'Learning rates',
      method: 'grid',
      metric: { name: 'val/dice', goal: 'maximize' },
      parameters: { ...recipeOf(REFERENCE_RUN_PARAMETERS), learning_rate: { values: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03] } },
    },
  },
  {
    id: 'empty',
    title: 'Empty',
    runs: '1 run',
    description: 'Every parameter at its default, for you to vary.',
    spec: { name: '', method: 'grid', metric: { name: 'val/dice', goal: 'maximize' }, parameters: {} },
  },
]
