import { z } from 'zod'
import { sweepSpecSchema } from './sweep-spec.ts'
import { modelSpecSchema, postprocessSchema } from './model-spec.ts'

/**
 * What the API answers and the pages show. Times are milliseconds UTC; numbers that may be NaN or infinite travel as
 * "NaN", "Infinity", "-Infinity". Pure zod, browser-safe.
 */
export const wireNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
export type WireNumber = z.infer<typeof wireNumber>
export const toWire = (value: number): WireNumber => (Number.isFinite(value) ? value : (String(value) as WireNumber))
export const fromWire = (value: WireNumber): number => Number(value)

const time = z.number().int()
const id = z.string().regex(/^[0-9a-f]{32}$/)

export const RUN_STATUSES = ['queued', 'running', 'stopping', 'finished', 'failed', 'cancelled', 'pruned'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]
export const isEnded = (status: RunStatus): boolean => ['finished', 'failed', 'cancelled', 'pruned'].includes(status)

export const imageScoreSchema = z.object({
  dice: z.number(),
  iou: z.number(),
  accuracy: z.number(),
  ap50: z.number().nullable(),
  map: z.number().nullable(),
  f1_50: z.number().nullable(),
  truth_count: z.number().int().nullable(),
  predicted_count: z.number().int().nullable(),
  /** Truth objects matched at IoU > 0.5. */
  found: z.number().int().nullable(),
  merges: z.number().int().nullable(),
  splits: z.number().int().nullable(),
})
export type ImageScoreView = z.infer<typeof imageScoreSchema>

export const metricSummarySchema = z.object({
  last: wireNumber,
  last_step: z.number().int(),
  best: wireNumber.nullable().describe('Greatest for most keys, least for losses and count errors; null when all are NaN.'),
  best_step: z.number().int().nullable(),
  min: wireNumber.nullable(),
  max: wireNumber.nullable(),
  count: z.number().int(),
  nan_count: z.number().int(),
})
export type MetricSummary = z.infer<typeof metricSummarySchema>

export const runViewSchema = z.object({
  run_id: id,
  name: z.string(),
  experiment_id: z.string(),
  experiment_name: z.string(),
  sweep_id: id.nullable(),
  sweep_name: z.string().nullable(),
  ordinal: z.number().int().nullable(),
  source: z.enum(['karyon', 'external']),
  dataset: z.string().nullable().describe('name@version'),
  dataset_synthetic: z.boolean(),
  dataset_version_id: id.nullable(),
  split_id: id.nullable(),
  split_seed: z.number().int().nullable(),
  status: z.enum(RUN_STATUSES),
  message: z.string(),
  request: z.enum(['stop', 'cancel', 'prune']).nullable(),
  attempt: z.number().int(),
  epoch: z.number().int(),
  epochs_total: z.number().int(),
  step: z.number().int(),
  best_epoch: z.number().int().nullable(),
  best_value: wireNumber.nullable(),
  images_per_second: z.number().nullable(),
  eta_seconds: z.number().nullable(),
  seq: z.number().int().describe('Write sequence: pass it back as the cursor of the stream.'),
  notes: z.string(),
  starred: z.boolean(),
  lifecycle_stage: z.enum(['active', 'deleted']),
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  tags: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), metricSummarySchema),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
})
export type RunView = z.infer<typeof runViewSchema>

const meanScoresSchema = z.object({ dice: z.number(), ap50: z.number(), map: z.number() })
const scoredPostprocessSchema = meanScoresSchema.extend({ postprocess: postprocessSchema })

/** Post-processing that was searched on the validation side with a run's best weights, beside the default. */
export const tunedPostprocessSchema = z.object({
  epoch: z.number().int().nullable(),
  images: z.number().int().describe('Validation images that were searched on; the scores are of all.'),
  tuned: scoredPostprocessSchema,
  default: scoredPostprocessSchema,
})
export type TunedPostprocess = z.infer<typeof tunedPostprocessSchema>

/** GET /api/v1/runs/{run_id} */
export const runDetailSchema = runViewSchema.extend({
  tuned: tunedPostprocessSchema.nullable().describe('What the best weights are served with; null before the run has ended.'),
})
export type RunDetail = z.infer<typeof runDetailSchema>

export const pointSchema = z.object({ step: z.number().int(), at: time, value: wireNumber })
export type PointView = z.infer<typeof pointSchema>

/** One curve: points oldest first; `total` is how many there are before downsampling. */
export const seriesViewSchema = z.object({
  run_id: id,
  key: z.string(),
  total: z.number().int(),
  nan_count: z.number().int(),
  points: z.array(pointSchema),
})
export type SeriesView = z.infer<typeof seriesViewSchema>

export const sweepViewSchema = z.object({
  sweep_id: id,
  name: z.string(),
  experiment_id: z.string(),
  experiment_name: z.string(),
  dataset: z.string(),
  dataset_synthetic: z.boolean(),
  dataset_version_id: id,
  split_id: id,
  method: z.enum(['grid', 'random', 'bayes']),
  metric: z.object({ name: z.string(), goal: z.enum(['maximize', 'minimize']) }),
  run_cap: z.number().int(),
  state: z.enum(['running', 'paused', 'finished', 'cancelled']),
  spec: sweepSpecSchema,
  counts: z.record(z.enum(RUN_STATUSES), z.number().int()),
  best_run_id: id.nullable(),
  best_value: wireNumber.nullable(),
  created_at: time,
  ended_at: time.nullable(),
})
export type SweepView = z.infer<typeof sweepViewSchema>

export const baselineSchema = z
  .record(z.string(), z.number())
  .describe('Otsu + watershed on the validation side: val/dice, val/ap50, val/map, val/dice@stratum, ...')

export const SIDES = ['train', 'val', 'test'] as const
export type Side = (typeof SIDES)[number]

export const datasetVersionViewSchema = z.object({
  dataset_version_id: id,
  name: z.string(),
  version: z.number().int(),
  ref: z.string().describe('name@version'),
  synthetic: z.boolean(),
  derived: z.boolean(),
  layout: z.string(),
  source: z.string(),
  content_hash: z.string(),
  image_count: z.number().int(),
  object_count: z.number().int(),
  group_count: z.number().int(),
  diameters: z.object({ p10: z.number().nullable(), p50: z.number().nullable(), p90: z.number().nullable() }),
  warnings: z.array(z.string()),
  strata: z.array(
    z.object({ stratum: z.string(), images: z.number().int(), groups: z.number().int(), objects: z.number().int(), guessed: z.boolean() }),
  ),
  splits: z.array(
    z.object({
      split_id: id,
      seed: z.number().int(),
      sides: z.record(z.enum(SIDES), z.object({ images: z.number().int(), groups: z.number().int(), objects: z.number().int() })),
      leak_check: z.object({ ok: z.boolean(), message: z.string() }),
      baseline: baselineSchema,
    }),
  ),
  test_looks: z.number().int().describe('Looks at the test side, over all splits.'),
  created_at: time,
})
export type DatasetVersionView = z.infer<typeof datasetVersionViewSchema>

export const datasetViewSchema = z.object({
  name: z.string(),
  description: z.string(),
  synthetic: z.boolean(),
  latest: datasetVersionViewSchema,
  versions: z.array(
    z.object({ version: z.number().int(), image_count: z.number().int(), object_count: z.number().int(), created_at: time }),
  ),
  created_at: time,
})
export type DatasetView = z.infer<typeof datasetViewSchema>

export const datasetImageViewSchema = z.object({
  image_id: id,
  name: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  channels: z.number().int(),
  bit_depth: z.number().int(),
  stratum: z.string(),
  stratum_guessed: z.boolean(),
  group: z.string(),
  side: z.enum(SIDES).nullable(),
  object_count: z.number().int(),
  median_diameter: z.number().nullable(),
  foreground_fraction: z.number(),
  overlap_pixels: z.number().int(),
  panel_rank: z.number().int().nullable(),
  baseline: imageScoreSchema,
})
export type DatasetImageView = z.infer<typeof datasetImageViewSchema>

/** Of one run and one image: the newest stored map at or before the epoch asked for, and that epoch's score. */
export const maskViewSchema = z.object({
  image_id: id,
  image_name: z.string(),
  stratum: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  panel_rank: z.number().int().nullable(),
  epoch: z.number().int(),
  artifact_id: id.describe('8-bit PNG of foreground probability, longest side at most 512: GET /api/v1/artifacts/{artifact_id}'),
  border_artifact_id: id.nullable(),
  score: imageScoreSchema.nullable(),
})
export type MaskView = z.infer<typeof maskViewSchema>
export const runMasksSchema = z.object({
  run_id: id,
  epochs: z.array(z.number().int()),
  best_epoch: z.number().int().nullable(),
  masks: z.array(maskViewSchema),
})
export type RunMasks = z.infer<typeof runMasksSchema>

export const artifactViewSchema = z.object({
  artifact_id: id,
  kind: z.string(),
  name: z.string(),
  size: z.number().int(),
  epoch: z.number().int().nullable(),
  image_id: id.nullable(),
  created_at: time,
})
export type ArtifactView = z.infer<typeof artifactViewSchema>

export const JOB_KINDS = ['import', 'synthetic', 'evaluate', 'reveal-test', 'delete-runs'] as const
export const jobViewSchema = z.object({
  job_id: id,
  kind: z.enum(JOB_KINDS),
  status: z.enum(['queued', 'running', 'finished', 'failed', 'cancelled']),
  progress: z.number(),
  message: z.string(),
  host: z.string().nullable().describe('The machine that has the files it reads, where only one has: none but its trainers do the job.'),
  payload: z.record(z.string(), z.unknown()),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z
    .object({
      error_code: z.string(),
      message: z.string(),
      problems: z.array(z.object({ file: z.string(), reason: z.string() })).optional(),
    })
    .nullable(),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
})
export type JobView = z.infer<typeof jobViewSchema>

/** A run and the sealed test side of its dataset. */
export const testRevealViewSchema = z.object({
  run_id: id,
  looks: z.number().int().describe('so far, of anybody, at the test side of this dataset version'),
  scores: z
    .object({
      epoch: z.number().int().nullable(),
      images: z.number().int(),
      metrics: z.record(z.string(), z.number()),
      baseline: z.record(z.string(), z.number()).describe('Otsu + watershed on the same images'),
      scored_at: time,
    })
    .nullable()
    .describe('null: not revealed yet'),
  job: jobViewSchema.nullable().describe('the latest that was asked for'),
})
export type TestRevealView = z.infer<typeof testRevealViewSchema>

export const trainerViewSchema = z.object({
  trainer_id: id,
  name: z.string(),
  host: z.string(),
  pid: z.number().int(),
  slots: z.number().int(),
  busy: z.number().int(),
  device: z.string(),
  version: z.string(),
  alive: z.boolean(),
  started_at: time,
  beat_at: time,
})
export type TrainerView = z.infer<typeof trainerViewSchema>

export const modelVersionViewSchema = z.object({
  name: z.string(),
  version: z.string().describe('decimal'),
  aliases: z.array(z.string()),
  run_id: id.nullable(),
  run_name: z.string().nullable(),
  epoch: z.number().int().nullable(),
  dataset: z.string().nullable(),
  dataset_version_id: id.nullable(),
  split_id: id.nullable(),
  spec: modelSpecSchema,
  metrics: z.record(z.string(), z.number()),
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  size: z.number().int(),
  notes: z.string(),
  created_by: z.string(),
  created_at: time,
})
export type ModelVersionView = z.infer<typeof modelVersionViewSchema>

export const modelViewSchema = z.object({
  name: z.string(),
  description: z.string(),
  aliases: z.record(z.string(), z.string()).describe('alias -> version'),
  versions: z.array(modelVersionViewSchema).describe('newest first'),
  created_at: time,
})
export type ModelView = z.infer<typeof modelViewSchema>

export const promotionEventViewSchema = z.object({
  kind: z.enum(['promote', 'rollback']),
  alias: z.string(),
  from_version: z.string().nullable(),
  to_version: z.string(),
  reason: z.string(),
  actor: z.string(),
  evidence: z.record(z.string(), z.unknown()),
  at: time,
})
export type PromotionEventView = z.infer<typeof promotionEventViewSchema>

/** Candidate beside champion, on the same validation images. */
export const promotionReviewSchema = z.object({
  model: z.string(),
  candidate: z.object({
    run_id: id.nullable(),
    run_name: z.string(),
    version: z.string().nullable(),
    dataset: z.string(),
    metrics: z.record(z.string(), z.number()),
  }),
  champion: z
    .object({
      run_id: id.nullable(),
      run_name: z.string(),
      version: z.string(),
      dataset: z.string(),
      metrics: z.record(z.string(), z.number()),
    })
    .nullable(),
  comparable: z.object({ ok: z.boolean(), reason: z.string() }),
  postprocess: z
    .enum(['tuned', 'default'])
    .describe('What the scores of both were computed with: the settings tuned for each, or the defaults where one was not tuned.'),
  difference: z
    .object({ metric: z.string(), mean: z.number(), low: z.number(), high: z.number(), tied: z.boolean() })
    .nullable()
    .describe('Candidate minus champion, mean over images with a 95 % bootstrap interval by group.'),
  strata: z.array(z.object({ stratum: z.string(), n: z.number().int(), candidate: z.number(), champion: z.number().nullable() })),
  improved: z.array(z.object({ image_id: id, image_name: z.string(), candidate: z.number(), champion: z.number() })),
  worsened: z.array(z.object({ image_id: id, image_name: z.string(), candidate: z.number(), champion: z.number() })),
  test_looks: z.number().int().describe("Looks at the test side of the candidate's dataset version, over all splits."),
})
export type PromotionReview = z.infer<typeof promotionReviewSchema>

/** GET /api/v1/stream: Server-Sent Events. The event's id is the cursor of all runs, `run:seq,run:seq`. */
export const streamEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('points'), run_id: id, key: z.string(), points: z.array(pointSchema) }),
  z.object({
    type: z.literal('status'),
    run_id: id,
    status: z.enum(RUN_STATUSES),
    message: z.string(),
    request: z.enum(['stop', 'cancel', 'prune']).nullable(),
    attempt: z.number().int(),
    started_at: time.nullable(),
    ended_at: time.nullable(),
  }),
  z.object({
    type: z.literal('progress'),
    run_id: id,
    epoch: z.number().int(),
    epochs_total: z.number().int(),
    step: z.number().int(),
    images_per_second: z.number().nullable(),
    eta_seconds: z.number().nullable(),
    best_epoch: z.number().int().nullable(),
    best_value: wireNumber.nullable(),
  }),
  z.object({ type: z.literal('artifact'), run_id: id, artifact: artifactViewSchema }),
  z.object({ type: z.literal('log'), run_id: id, lines: z.array(z.string()) }),
  z.object({ type: z.literal('run_added'), run_id: id }),
])
export type StreamEvent = z.infer<typeof streamEventSchema>

/** Answer of POST models/{name}/predict?format=json. */
export const predictionViewSchema = z.object({
  model: z.string(),
  version: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  count: z.number().int(),
  median_diameter: z.number().nullable(),
  scale: z.number().describe('What the image was scaled by for the network: 1, or as the diameter asked.'),
  warnings: z
    .array(z.string())
    .describe('E.g. that the nuclei found are of a size the model was not trained on, and the diameter to pass.'),
  milliseconds: z.number(),
  objects: z.array(
    z.object({
      label: z.number().int(),
      area: z.number().int(),
      diameter: z.number(),
      centroid: z.tuple([z.number(), z.number()]).describe('x, y in pixels'),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('x, y, width, height'),
      mean_probability: z.number(),
      outline: z.array(z.tuple([z.number(), z.number()])).describe('Closed ring in pixel-corner coordinates'),
    }),
  ),
})
export type PredictionView = z.infer<typeof predictionViewSchema>
