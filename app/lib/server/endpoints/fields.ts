import { z } from 'zod'

/** Pieces of paths, queries and bodies that many endpoints share. */
export const hexId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')

export const runPath = z.object({ run_id: hexId })
export const sweepPath = z.object({ sweep_id: hexId })
export const jobPath = z.object({ job_id: hexId })
export const imagePath = z.object({ image_id: hexId })
export const artifactPath = z.object({ artifact_id: hexId })

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/
const NAME_RULE = 'begins with a letter or digit; letters, digits, dot, underscore and hyphen; at most 250'
export const datasetName = z.string().regex(NAME, NAME_RULE)
/** `name` or `name@3`. */
export const datasetRef = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}(@\d{1,9})?$/, 'is a name, or name@version')
export const modelName = z.string().regex(NAME, NAME_RULE)
export const modelPath = z.object({ name: modelName })
export const alias = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,249}$/, 'begins with a small letter; small letters, digits, underscore and hyphen')
  .refine((name) => name !== 'latest' && !/^v\d+$/.test(name), 'is a reserved name')
export const modelVersion = z.string().regex(/^[1-9]\d{0,8}$/, 'is a version number, e.g. 3')

/** A whole number in a query, where everything is text. Strict: "", "1e3" and " 7" are no whole numbers here. */
export const integerText = (least: number, greatest: number) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((n) => n >= least && n <= greatest, `must be from ${least} to ${greatest}`)

export const maxResults = integerText(1, 1000)
export const epochText = z.union([z.literal('best'), integerText(1, 1_000_000)], 'must be an epoch from 1, or best')

/** `?key=a&key=b`, or one. */
export const textList = z.union([z.string().transform((one) => [one]), z.array(z.string())])
/** The same, or `?runs=a,b`. */
export const idList = textList
  .transform((list) =>
    list
      .flatMap((text) => text.split(','))
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  )
  .pipe(z.array(hexId).min(1).max(1000))

export const reason = z.string().trim().min(1, 'say why').max(8000)
export const notes = z.string().max(100_000)
