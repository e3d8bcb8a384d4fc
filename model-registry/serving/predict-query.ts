import { z } from 'zod'
import { postprocessSchema } from '../../core/contracts/model-spec.ts'
import { AppError } from '../../core/errors.ts'
import { aliasSchema, modelNameSchema } from '../names.ts'
import { FORMATS, type PredictRequest } from './messages.ts'
import type { Wanted } from './model-server.ts'

const number = (schema: z.ZodType<number>): z.ZodType<number | undefined> =>
  z.preprocess((text) => (text === undefined ? undefined : Number(text)), schema.optional())

const querySchema = z
  .strictObject({
    model: modelNameSchema,
    alias: aliasSchema.optional(),
    version: z.string().optional(),
    format: z.enum(FORMATS).default('json'),
    threshold: number(postprocessSchema.shape.threshold),
    min_area: number(postprocessSchema.shape.min_area),
    seed_distance: number(postprocessSchema.shape.seed_distance),
    /** Of an image of many channels: which one, from 0. */
    channel: number(z.number().int().min(0).max(1000)),
    /** Of a typical nucleus in the image, pixels: the image is scaled to what the model was trained on. */
    diameter: number(z.number().positive().max(100_000)),
    /** What messages call the image. */
    name: z.string().trim().min(1).max(300).optional(),
  })
  .refine((query) => query.alias === undefined || query.version === undefined, 'name an alias or a version, not both')

export interface PredictQuery extends Omit<PredictRequest, 'target' | 'image' | 'name'> {
  wanted: Wanted
  name: string | undefined
}

/** @throws AppError INVALID_PARAMETER_VALUE with the parameter's name */
export function parsePredictQuery(parameters: URLSearchParams): PredictQuery {
  const result = querySchema.safeParse(Object.fromEntries(parameters))
  if (!result.success) {
    const issue = result.error.issues[0]
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    const field = unknown ?? issue?.path.join('.') ?? ''
    const message =
      unknown === undefined
        ? (issue?.message ?? 'invalid')
        : `there is no such parameter; there are ${Object.keys(querySchema.shape).join(', ')}`
    throw new AppError('INVALID_PARAMETER_VALUE', `${field === '' ? 'The query' : field}: ${message}.`, {
      details: { fields: { [field]: message } },
    })
  }
  const { model, alias, version, format, threshold, min_area, seed_distance, channel, diameter, name } = result.data
  return {
    wanted: { model, ...(alias === undefined ? {} : { alias }), ...(version === undefined ? {} : { version }) },
    format,
    settings: {
      ...(threshold === undefined ? {} : { threshold }),
      ...(min_area === undefined ? {} : { min_area }),
      ...(seed_distance === undefined ? {} : { seed_distance }),
    },
    channel,
    diameter,
    name,
  }
}
