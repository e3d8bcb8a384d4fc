import { z } from 'zod'

/**
 * What may be queued besides runs, apart from what does it (trainer/job-child.ts), so that whoever queues a job never
 * loads the code that does it.
 */
const id = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')
const datasetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/, 'begins with a letter or digit; letters, digits, dot, underscore and hyphen; at most 250')

export const jobDefinitions = {
  /** Reads a folder or archive into the store as a new dataset, or a new version of it. */
  import: z.strictObject({
    name: datasetName,
    /** On the machine that runs the job. */
    path: z.string().min(1).max(4000),
    /** Groups by file name: a pattern whose first group is the group's name. */
    group_pattern: z.string().min(1).max(1000).optional(),
    /** Groups by a CSV of image,group: its text. */
    group_csv: z.string().max(20_000_000).optional(),
    /** Which channel of many, from 0. */
    channel: z.number().int().min(0).optional(),
    /** An upload: removed when the job ends, however it ends. */
    delete_source: z.boolean().optional(),
  }),
  synthetic: z.strictObject({
    name: datasetName,
    images: z.number().int().min(8).max(2000),
    seed: z.number().int().min(0).max(2147483647),
  }),
  /** Scores a side of a split with a model version, or with a run's best weights. */
  evaluate: z
    .strictObject({ model_version_id: id.optional(), run_id: id.optional(), split_id: id, side: z.enum(['val', 'test']) })
    .refine((payload) => (payload.model_version_id === undefined) !== (payload.run_id === undefined), 'needs model_version_id or run_id'),
  /** Opens the seal of the test set for a run; counted with its reason. */
  'reveal-test': z.strictObject({ run_id: id, reason: z.string().trim().min(1, 'say why').max(8000) }),
  /** Removes rows and files of runs that are flagged as deleted. */
  'delete-runs': z.strictObject({ run_ids: z.array(id).min(1).max(10_000) }),
} as const

export type JobKind = keyof typeof jobDefinitions
export type JobPayload<K extends JobKind> = z.infer<(typeof jobDefinitions)[K]>

/** Kinds that read files of the machine on which they were queued (a folder, an upload): no other machine can do them. */
export const BOUND_TO_HOST: ReadonlySet<JobKind> = new Set(['import'])

export const isJobKind = (kind: string): kind is JobKind => Object.hasOwn(jobDefinitions, kind)

/** What a job's handler gets besides its payload. */
export interface JobContext {
  jobId: string
  /** From 1: a job whose worker died is done again from its start. */
  attempt: number
  /** Progress from 0 to 1, and what is being done; written at most twice a second. */
  report: (progress: number, message: string) => void
  /** Aborted when the job is cancelled or was given to another worker: throw soon, leave nothing half done. */
  signal: AbortSignal
  /** Who asked for it. */
  actor: string
}
