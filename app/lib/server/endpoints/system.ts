import { z } from 'zod'
import { JOB_KINDS, jobViewSchema, trainerViewSchema } from '@/core/contracts/views.ts'
import { endpoint } from '../endpoint.ts'
import { hexId, idList, integerText, jobPath, maxResults } from './fields.ts'

export const systemEndpoints = {
  health: endpoint({
    method: 'GET',
    path: '/health',
    tag: 'system',
    summary: 'Whether the dashboard and its database answer. 503 where the database is away. Needs no token.',
    response: z.object({
      status: z.enum(['ok', 'degraded']),
      name: z.literal('karyon'),
      version: z.string(),
      database: z.boolean(),
      message: z.string().optional(),
    }),
    open: true,
  }),
  logIn: endpoint({
    method: 'POST',
    path: '/session',
    tag: 'system',
    summary: 'Exchange the token for a cookie, as the page /login does.',
    body: z.strictObject({ token: z.string().min(1, 'is empty').max(1000) }),
    status: 204,
    open: true,
  }),
  logOut: endpoint({ method: 'DELETE', path: '/session', tag: 'system', summary: 'Take the cookie back.', status: 204, open: true }),
  openapi: endpoint({
    method: 'GET',
    path: '/openapi.json',
    tag: 'system',
    summary: 'This description.',
    response: z.record(z.string(), z.unknown()),
  }),
  stream: endpoint({
    method: 'GET',
    path: '/stream',
    tag: 'system',
    summary:
      'Server-Sent Events of runs, of a sweep or of an experiment: points, status, progress, artifact, log, run_added. cursor (or Last-Event-ID) is run:seq,run:seq; without one it begins now.',
    query: z
      .strictObject({
        runs: idList.optional(),
        sweep: hexId.optional(),
        experiment: integerText(0, 2_147_483_647).optional(),
        cursor: z.string().max(100_000).optional(),
        since: z.string().max(100_000).optional(),
      })
      .refine(
        (q) => [q.runs, q.sweep, q.experiment].filter((one) => one !== undefined).length === 1,
        'give one of runs, sweep or experiment',
      ),
    produces: 'text/event-stream',
  }),
  trainers: endpoint({
    method: 'GET',
    path: '/trainers',
    tag: 'system',
    summary: 'Trainers of the last day.',
    response: z.object({ trainers: z.array(trainerViewSchema) }),
  }),
  jobs: endpoint({
    method: 'GET',
    path: '/jobs',
    tag: 'system',
    summary: 'Jobs, newest first.',
    query: z.strictObject({
      limit: maxResults.optional(),
      status: z.enum(['queued', 'running', 'finished', 'failed', 'cancelled']).optional(),
      kind: z.enum(JOB_KINDS).optional(),
    }),
    response: z.object({ jobs: z.array(jobViewSchema) }),
  }),
  job: endpoint({ method: 'GET', path: '/jobs/{job_id}', tag: 'system', summary: 'One job.', params: jobPath, response: jobViewSchema }),
  cancelJob: endpoint({
    method: 'POST',
    path: '/jobs/{job_id}/cancel',
    tag: 'system',
    summary: 'Cancel a job.',
    params: jobPath,
    response: jobViewSchema,
  }),
} as const
