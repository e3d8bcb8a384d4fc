import { z } from 'zod'
import { artifactViewSchema, imageScoreSchema, jobViewSchema, RUN_STATUSES, runMasksSchema, runViewSchema, seriesViewSchema } from '@/core/contracts/views.ts'
import { runUpdateSchema } from '@/core/runs/update-run.ts'
import { endpoint } from '../endpoint.ts'
import { artifactPath, epochText, hexId, idList, integerText, maxResults, reason, runPath, textList } from './fields.ts'

const statusAnswer = z.object({ run_id: hexId, status: z.enum(RUN_STATUSES) })
const step = integerText(0, Number.MAX_SAFE_INTEGER)
const metricKey = z.string().min(1).max(250)
const maxPoints = z.number().int().min(1).max(10_000)

export const runEndpoints = {
  search: endpoint({
    method: 'GET',
    path: '/runs',
    tag: 'runs',
    summary: 'Search runs. The filter is MLflow’s: metrics.`val/dice` > 0.8 and params.batch_size = 16 and status = "running".',
    query: z.strictObject({
      filter: z.string().max(10_000).optional(),
      order_by: textList.optional().describe('E.g. metrics.`val/dice` desc; may be given several times.'),
      max_results: maxResults.optional(),
      page_token: z.string().max(20_000).optional(),
      experiment_id: textList.optional(),
      sweep: hexId.optional(),
      runs: idList.optional(),
      lifecycle: z.enum(['active', 'deleted', 'all']).optional(),
    }),
    response: z.object({ runs: z.array(runViewSchema), next_page_token: z.string().optional() }),
  }),
  get: endpoint({ method: 'GET', path: '/runs/{run_id}', tag: 'runs', summary: 'One run: status, parameters, tags, and summaries of all metrics.', params: runPath, response: runViewSchema }),
  update: endpoint({
    method: 'PATCH',
    path: '/runs/{run_id}',
    tag: 'runs',
    summary: 'Change what may change of a run: its name, notes, star and tags (null removes a tag).',
    params: runPath,
    body: runUpdateSchema,
    response: runViewSchema,
  }),
  metrics: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/metrics',
    tag: 'runs',
    summary: 'Curves of a run, downsampled so that no spike is lost. Without key: all of them.',
    params: runPath,
    query: z.strictObject({ key: textList.optional(), max_points: integerText(1, 10_000).optional(), from: step.optional(), to: step.optional() }),
    response: z.object({ series: z.array(seriesViewSchema) }),
  }),
  queryMetrics: endpoint({
    method: 'POST',
    path: '/metrics/query',
    tag: 'runs',
    summary: 'Curves of many runs at once. x is what they will be drawn over; every point has both.',
    write: false,
    body: z.strictObject({
      runs: z.array(hexId).min(1).max(1000),
      keys: z.array(metricKey).min(1).max(200).optional(),
      x: z.enum(['step', 'time']).default('step'),
      max_points: maxPoints.optional(),
      from: z.number().int().min(0).optional(),
      to: z.number().int().min(0).optional(),
    }),
    response: z.object({ series: z.array(seriesViewSchema) }),
  }),
  masks: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/masks',
    tag: 'runs',
    summary: 'Probability maps of the panel (or of image_ids=id,id, or image_ids=all) as they were at an epoch, with their scores.',
    params: runPath,
    query: z.strictObject({ epoch: epochText.optional(), image_ids: z.union([z.literal('all'), idList], 'must be image ids, or all').optional() }),
    response: runMasksSchema,
  }),
  imageScores: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/images',
    tag: 'runs',
    summary: 'Scores of every validation image at an epoch, worst first.',
    params: runPath,
    query: z.strictObject({ epoch: epochText.optional() }),
    response: z.object({
      run_id: hexId,
      epochs: z.array(z.number().int()),
      epoch: z.number().int().nullable(),
      images: z.array(z.object({ image_id: hexId, image_name: z.string(), stratum: z.string(), panel_rank: z.number().int().nullable(), score: imageScoreSchema })),
    }),
  }),
  artifacts: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/artifacts',
    tag: 'runs',
    summary: 'A run’s files, by name.',
    params: runPath,
    query: z.strictObject({ prefix: z.string().max(1000).optional(), kind: z.string().max(50).optional() }),
    response: z.object({ artifacts: z.array(artifactViewSchema) }),
  }),
  artifactByPath: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/artifacts/{path}',
    tag: 'runs',
    summary: 'The content of a run’s file, by its name. Ranges are answered.',
    params: runPath.extend({ path: z.array(z.string()).min(1).describe('The name, with its slashes.') }),
    produces: 'application/octet-stream',
  }),
  artifact: endpoint({ method: 'GET', path: '/artifacts/{artifact_id}', tag: 'runs', summary: 'The content of a file. It never changes; ranges are answered.', params: artifactPath, produces: 'application/octet-stream' }),
  logs: endpoint({
    method: 'GET',
    path: '/runs/{run_id}/logs',
    tag: 'runs',
    summary: 'The last lines of a run’s log.',
    params: runPath,
    query: z.strictObject({ tail: integerText(1, 100_000).optional() }),
    response: z.object({ run_id: hexId, lines: z.array(z.string()), truncated: z.boolean() }),
  }),
  stop: endpoint({ method: 'POST', path: '/runs/{run_id}/stop', tag: 'runs', summary: 'End a run early and keep its best model so far.', params: runPath, response: statusAnswer }),
  cancel: endpoint({ method: 'POST', path: '/runs/{run_id}/cancel', tag: 'runs', summary: 'End a run and throw its result away.', params: runPath, response: statusAnswer }),
  revealTest: endpoint({
    method: 'POST',
    path: '/runs/{run_id}/reveal-test',
    tag: 'runs',
    summary: 'Score a run’s best model on the sealed test side. The look is counted, with its reason.',
    params: runPath,
    body: z.strictObject({ reason }),
    response: jobViewSchema,
    status: 202,
  }),
  remove: endpoint({
    method: 'POST',
    path: '/runs/delete',
    tag: 'runs',
    summary: 'Delete runs: flagged now, removed with their files after 30 days, or at once with purge.',
    body: z.strictObject({ run_ids: z.array(hexId).min(1).max(1000), purge: z.boolean().default(false) }),
    response: z.object({ run_ids: z.array(hexId) }),
  }),
  restore: endpoint({
    method: 'POST',
    path: '/runs/restore',
    tag: 'runs',
    summary: 'Bring deleted runs back.',
    body: z.strictObject({ run_ids: z.array(hexId).min(1).max(1000) }),
    response: z.object({ run_ids: z.array(hexId) }),
  }),
} as const
