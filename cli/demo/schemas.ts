import { z } from 'zod'
import { datasetImageViewSchema, jobViewSchema, runViewSchema, sweepViewSchema } from '../../core/contracts/views.ts'

/** Answers of the API that have no name of their own in the contracts. */
export const leaderboardSchema = z.object({
  sweep: sweepViewSchema,
  baseline: z.record(z.string(), z.number()),
  rows: z.array(z.object({ run: runViewSchema, best: z.object({ value: z.number(), epoch: z.number() }).nullable() })),
  varying: z.array(z.string()),
})
export type Leaderboard = z.infer<typeof leaderboardSchema>

export const jobsSchema = z.object({ jobs: z.array(jobViewSchema) })
export const sweepsSchema = z.object({ sweeps: z.array(sweepViewSchema) })
export const imagesSchema = z.object({ images: z.array(datasetImageViewSchema), total: z.number() })
export const importResultSchema = z.object({
  ref: z.string(),
  images: z.number(),
  objects: z.number(),
  groups: z.number(),
  created: z.boolean(),
})
