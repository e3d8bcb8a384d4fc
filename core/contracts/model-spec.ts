import { z } from 'zod'

/** Everything that a model folder must say to be predicted with; model.json of a run's best weights and of a model version. */
export const postprocessSchema = z.object({
  /** Foreground where probability >= threshold. */
  threshold: z.number().min(0.01).max(0.99),
  /** Objects of fewer pixels (at the original size) are dropped. */
  min_area: z.number().int().min(0).max(1_000_000),
  /** Smallest distance in pixels between two seeds of the watershed. */
  seed_distance: z.number().min(1).max(1000),
})
export type Postprocess = z.infer<typeof postprocessSchema>
export const DEFAULT_POSTPROCESS: Postprocess = { threshold: 0.5, min_area: 12, seed_distance: 5 }

/** See core/segmentation/normalise.ts, whose type this is. */
export const normaliseSpecSchema = z.object({
  kind: z.literal('percentile'),
  low: z.number(),
  high: z.number(),
  /** Least span between the two percentiles, as a share of full scale, so that an empty field is not stretched into noise. */
  minRange: z.number(),
  output: z.literal('-1..1'),
})

export const modelSpecSchema = z.object({
  format: z.literal(1),
  architecture: z.string(),
  encoder_alpha: z.number(),
  decoder_filters: z.array(z.number().int()),
  target: z.enum(['semantic', 'semantic+border']),
  image_size: z.number().int(),
  sampling: z.enum(['resize', 'crop']),
  normalise: normaliseSpecSchema,
  postprocess: postprocessSchema,
  /** Whether `postprocess` was searched on the validation side, after training; else it is the default. */
  postprocess_tuned: z.boolean().default(false),
  /**
   * How an image is predicted, wherever the model is used. While a run trains, its epochs are scored without, since it
   * takes four times as long: those scores choose the best epoch, and only its own are computed with it.
   */
  test_time_augmentation: z.enum(['none', 'flips']).default('none'),
  /** Equivalent diameters of the training nuclei, pixels. */
  trained_diameters: z.object({ p10: z.number(), p50: z.number(), p90: z.number() }),
  dataset: z.object({ name: z.string(), version: z.number().int(), id: z.string() }),
  run_id: z.string(),
  epoch: z.number().int(),
  /** Of weights.bin beside it. */
  weights_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})
export type ModelSpec = z.infer<typeof modelSpecSchema>
