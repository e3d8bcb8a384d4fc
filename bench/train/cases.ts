/**
 * What is timed. Both sides read these from the inputs' description, so that neither has numbers of its own. With
 * `epochs`, whole epochs over all images are, mirrored at random, and the figure is their mean a step.
 */
export const CASES = {
  frozen: { title: 'training step, encoder frozen', trainsEncoder: false, rate: 1e-3, epochs: 0 },
  epochs: { title: 'a step of ten epochs, encoder frozen', trainsEncoder: false, rate: 1e-3, epochs: 10 },
  finetune: { title: 'training step, whole encoder trained', trainsEncoder: true, rate: 1e-4, epochs: 0 },
  predict: { title: 'prediction of a batch', trainsEncoder: false, rate: 0, epochs: 0 },
} as const

export type CaseName = keyof typeof CASES
export const CASE_NAMES = Object.keys(CASES) as CaseName[]

/** `keras` runs TensorFlow's own kernels, `keras-xla` what its compiler makes of the step. */
export const SIDES = ['karyon', 'keras', 'keras-xla'] as const
export type Side = (typeof SIDES)[number]

/** Batch and size of the reference recipe. */
export const BATCH_SIZE = 16
export const IMAGE_SIZE = 128
/** Batches in memory; steps go through them again and again. */
export const BATCHES = 10
/** Steps before the timed ones, whose losses are compared; the first traces, compiles and allocates. */
export const WARM_UP = 10

/** Files of the inputs' folder. */
export const DESCRIPTION = 'description.json'
export const WEIGHTS = 'weights.safetensors'
export const INPUTS = 'inputs.f32'
export const CLASSES = 'classes.i32'

/** Written once, read by every measured process. */
export interface Description {
  batches: number
  batch_size: number
  image_size: number
  classes: number
  filters: number[]
  warm_up: number
  images: number
  cases: typeof CASES
}

/** What a measured process writes. */
export interface Measurement {
  /** Of each timed step; of whole epochs their mean alone. */
  seconds: number[]
  /** Of all timed steps together, over all threads. */
  processor_seconds: number
  /** Of each warm-up step; empty for prediction. */
  losses: number[]
  /** Largest resident memory of the process, bytes. */
  peak_rss: number
  /** Versions and thread settings. */
  about: Record<string, string | number>
  /** Tensors that Karyon holds before and after the timed steps. */
  tensors?: [number, number]
}
