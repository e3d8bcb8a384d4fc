import { realpath, rm } from 'node:fs/promises'
import { isAbsolute, sep } from 'node:path'
import { z } from 'zod'
import type { JobView } from '@/core/contracts/views.ts'
import { fieldMessages } from '@/core/contracts/field-messages.ts'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'
import { createJob } from '@/core/jobs/create-job.ts'
import { jobDefinitions } from '@/core/jobs/definitions.ts'
import { isLocalCaller } from './guard.ts'
import { readJson } from './json-body.ts'
import { receiveUpload } from './receive-upload.ts'

const importFields = jobDefinitions.import.pick({ name: true, group_pattern: true, group_csv: true, channel: true })
const fromPath = importFields.extend({ source: z.string().min(1).max(4000) })
const synthetic = z.strictObject({
  name: jobDefinitions.import.shape.name,
  synthetic: z.strictObject({
    images: jobDefinitions.synthetic.shape.images.default(60),
    seed: jobDefinitions.synthetic.shape.seed.default(1),
  }),
})
/** Of a multipart form, where everything is text. */
const fromForm = importFields.extend({
  channel: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .optional(),
})

/** A group CSV travels in the body. */
const MOST_JSON_BYTES = 24 * 1024 * 1024

/**
 * Queues the import of a path of the server, of an upload, or of a synthetic dataset.
 * @throws AppError INVALID_PARAMETER_VALUE, PERMISSION_DENIED, RESOURCE_DOES_NOT_EXIST, PAYLOAD_TOO_LARGE, INSUFFICIENT_STORAGE
 */
export async function createDataset(request: Request, actor: string): Promise<JobView> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'multipart/form-data') return importUpload(request, actor)
  const body = await readJson(request, { limit: MOST_JSON_BYTES })
  if (typeof body === 'object' && body !== null && 'synthetic' in body) {
    const parsed = check(synthetic, body)
    return createJob('synthetic', { name: parsed.name, ...parsed.synthetic }, actor)
  }
  const { source, ...fields } = check(fromPath, body)
  return createJob('import', { ...fields, path: await requirePath(source, request) }, actor)
}

async function importUpload(request: Request, actor: string): Promise<JobView> {
  const upload = await receiveUpload(request)
  try {
    const fields = check(fromForm, upload.fields)
    return await createJob('import', { ...fields, path: upload.path, delete_source: true }, actor)
  } catch (thrown) {
    await rm(upload.path, { force: true })
    throw thrown
  }
}

/**
 * A path as the server sees it. From elsewhere only what lies below the roots that were opened, by its real path, so that
 * no link leads out; and whether something else exists is not told.
 */
async function requirePath(source: string, request: Request): Promise<string> {
  if (source.includes('\0') || !isAbsolute(source)) {
    throw wrongField(
      'source',
      `${JSON.stringify(source.slice(0, 200))} is no full path of this server: give one that begins with ${sep}, or upload the file.`,
    )
  }
  const real = await realpath(source).catch(() => undefined)
  const roots = await Promise.all(env().importRoots.map((root) => realpath(root).catch(() => root)))
  const below = real !== undefined && roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
  if (!below && !isLocalCaller(request)) {
    throw new AppError(
      'PERMISSION_DENIED',
      `${source} may not be imported from another machine. Upload the file, or let the server's owner add its folder to KARYON_IMPORT_ROOTS.`,
    )
  }
  if (real === undefined)
    throw wrongField(
      'source',
      `There is nothing at ${source} on this server. Check the path, or upload the file.`,
      'RESOURCE_DOES_NOT_EXIST',
    )
  return real
}

function check<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields = fieldMessages(result.error.issues)
  const [first] = Object.entries(fields)
  throw new AppError(
    'INVALID_PARAMETER_VALUE',
    `${first?.[0] === '' || first === undefined ? 'The body' : first[0]}: ${first?.[1] ?? 'not understood'}.`,
    { details: { fields } },
  )
}

function wrongField(
  field: string,
  message: string,
  code: 'INVALID_PARAMETER_VALUE' | 'RESOURCE_DOES_NOT_EXIST' = 'INVALID_PARAMETER_VALUE',
): AppError {
  return new AppError(code, message, { details: { fields: { [field]: message } } })
}
