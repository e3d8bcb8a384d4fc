import { z } from 'zod'
import { sweepSpecSchema } from '@/core/contracts/sweep-spec.ts'
import { runViewSchema, sweepViewSchema } from '@/core/contracts/views.ts'
import { endpoint } from '../endpoint.ts'
import { hexId, maxResults, sweepPath } from './fields.ts'

/**
 * A sweep file as it is sent: checked in full by core (whose messages stand beside their fields), described here for the
 * documentation.
 */
const sweepFile = z
  .record(z.string(), z.unknown())
  .meta({ description: 'A sweep file as JSON: see SweepSpec.', $ref: '#/components/schemas/SweepSpec' })

const estimate = z.object({
  runs: z.number().int(),
  minutes: z.number(),
  minutesPerRun: z.number(),
  slots: z.number().int(),
  diskBytes: z.number(),
  measured: z.boolean(),
  measuredOn: z.string(),
  trainImages: z.number().int(),
  valImages: z.number().int(),
})

const control = (verb: 'pause' | 'resume' | 'cancel', summary: string) =>
  endpoint({ method: 'POST', path: `/sweeps/{sweep_id}/${verb}`, tag: 'sweeps', summary, params: sweepPath, response: sweepViewSchema })

export const sweepEndpoints = {
  list: endpoint({
    method: 'GET',
    path: '/sweeps',
    tag: 'sweeps',
    summary: 'Sweeps, newest first.',
    query: z.strictObject({ max_results: maxResults.optional(), state: z.enum(['running', 'paused', 'finished', 'cancelled']).optional() }),
    response: z.object({ sweeps: z.array(sweepViewSchema) }),
  }),
  create: endpoint({
    method: 'POST',
    path: '/sweeps',
    tag: 'sweeps',
    summary: 'Start a sweep.',
    body: sweepFile,
    yaml: true,
    response: sweepViewSchema,
    status: 201,
  }),
  validate: endpoint({
    method: 'POST',
    path: '/sweeps/validate',
    tag: 'sweeps',
    summary: 'Check a sweep file without starting it. Always 200: valid, or messages by field.',
    write: false,
    body: sweepFile,
    yaml: true,
    response: z.object({
      valid: z.boolean(),
      runs: z.number().int().nullable(),
      fields: z.record(z.string(), z.string()),
      spec: sweepSpecSchema.nullable(),
    }),
  }),
  estimate: endpoint({
    method: 'POST',
    path: '/sweeps/estimate',
    tag: 'sweeps',
    summary: 'How many runs, how long, and how much disk a sweep would take.',
    write: false,
    body: sweepFile,
    yaml: true,
    response: estimate,
  }),
  get: endpoint({
    method: 'GET',
    path: '/sweeps/{sweep_id}',
    tag: 'sweeps',
    summary: 'One sweep.',
    params: sweepPath,
    response: sweepViewSchema,
  }),
  leaderboard: endpoint({
    method: 'GET',
    path: '/sweeps/{sweep_id}/leaderboard',
    tag: 'sweeps',
    summary: 'A sweep’s runs, best first by its metric, beside the baseline.',
    params: sweepPath,
    response: z.object({
      sweep: sweepViewSchema,
      baseline: z.record(z.string(), z.number()),
      rows: z.array(
        z.object({
          run: runViewSchema,
          best: z.object({ value: z.number(), epoch: z.number().int() }).nullable(),
          at_best: z.record(z.string(), z.number()).describe('Validation metrics of the best epoch.'),
          spark: z.array(z.number()),
        }),
      ),
      varying: z.array(z.string()),
    }),
  }),
  pause: control('pause', 'Begin no further run; live ones go on.'),
  resume: control('resume', 'Go on with a paused sweep.'),
  cancel: control('cancel', 'Cancel a sweep: queued runs at once, live ones as soon as they hear of it.'),
  tryIt: endpoint({
    method: 'POST',
    path: '/try-it',
    tag: 'sweeps',
    summary: 'Make the dataset of 60 synthetic nuclei images (where it is missing) and start a sweep of two quick runs on it.',
    response: z.object({ sweep_id: hexId }),
    status: 201,
  }),
} as const
