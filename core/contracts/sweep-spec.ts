import { z } from 'zod'
import { type RunParameterName, runParametersSchema } from './run-parameters.ts'

/** The sweep file and form (keys of W&B's sweep configuration). Pure zod, browser-safe. */
const scalar = z.union([z.number(), z.string(), z.boolean()])

const fixed = z.strictObject({ value: scalar })
const list = z.strictObject({ values: z.array(scalar).min(1, 'needs at least one value').max(100) })
const range = z
  .strictObject({
    distribution: z.enum(['uniform', 'log_uniform_values', 'int_uniform', 'q_uniform']).default('uniform'),
    min: z.number(),
    max: z.number(),
    q: z.number().positive().optional(),
  })
  .refine((r) => r.min < r.max, 'min must be below max')
  .refine((r) => r.distribution !== 'log_uniform_values' || r.min > 0, 'a logarithmic range must begin above 0')

export const parameterSpaceSchema = z.union([fixed, list, range], {
  error: 'write {value: ..}, {values: [..]} of at most 100, or {min: .., max: ..}, with numbers that are finite',
})
export type ParameterSpace = z.infer<typeof parameterSpaceSchema>

const parameterNames = Object.keys(runParametersSchema.shape) as [RunParameterName, ...RunParameterName[]]
export const METRICS_TO_SWEEP = ['val/dice', 'val/iou', 'val/accuracy', 'val/loss', 'val/ap50', 'val/map', 'val/f1_50'] as const

const base = z.strictObject({
  name: z.string().trim().min(1, 'a sweep needs a name').max(250),
  experiment: z.string().trim().min(1).max(250).default('Default'),
  dataset: z.string().trim().min(1, 'choose a dataset').max(300),
  /** Seed of the grouped split; runs of other splits are not comparable. */
  split_seed: z.number().int().min(0).max(2147483647).default(0),
  /** Train on at most so many images (whole groups, stratified); validation likewise. For quick looks; shown wherever results are. */
  limit_images: z.number().int().min(8).optional(),
  method: z.enum(['grid', 'random', 'bayes']).default('grid'),
  metric: z
    .strictObject({ name: z.string().default('val/dice'), goal: z.enum(['maximize', 'minimize']).default('maximize') })
    .default({ name: 'val/dice', goal: 'maximize' }),
  run_cap: z.number().int().min(1).max(1000).optional(),
  seed: z.number().int().min(0).default(0),
  early_terminate: z
    .strictObject({ type: z.literal('hyperband'), min_iter: z.number().int().min(1).default(2), eta: z.number().min(2).max(10).default(3) })
    .optional(),
  parameters: z.record(z.string(), parameterSpaceSchema).default({}),
})

/** Whether the values of a space all satisfy the parameter's own schema; the message names the value that does not. */
function checkSpace(name: RunParameterName, space: ParameterSpace, report: (path: string[], message: string) => void): void {
  const schema = runParametersSchema.shape[name] as z.ZodType
  const candidates: [string, unknown][] =
    'value' in space
      ? [['value', space.value]]
      : 'values' in space
        ? space.values.map((v, i): [string, unknown] => [`values.${i}`, v])
        : [
            ['min', space.min],
            ['max', space.max],
          ]
  for (const [at, value] of candidates) {
    const result = schema.safeParse(value)
    if (!result.success)
      report(
        ['parameters', name, ...at.split('.')],
        `${JSON.stringify(value)} is not possible: ${result.error.issues[0]?.message ?? 'invalid'}`,
      )
  }
}

export const sweepSpecSchema = base.superRefine((spec, context) => {
  const report = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
  for (const [name, space] of Object.entries(spec.parameters)) {
    if (!parameterNames.includes(name as RunParameterName)) report(['parameters', name], `there is no parameter "${name}"`)
    else checkSpace(name as RunParameterName, space, report)
    if (spec.method === 'grid' && 'min' in space)
      report(['parameters', name], 'a grid needs a list of values; use method random or bayes for a range')
  }
  if (spec.metric.name.startsWith('test/')) report(['metric', 'name'], 'the test set is sealed: choose a validation metric')
  else if (!(METRICS_TO_SWEEP as readonly string[]).includes(spec.metric.name) && !/^val\/(dice|iou|ap50|map)@.+/.test(spec.metric.name)) {
    report(['metric', 'name'], `choose one of ${METRICS_TO_SWEEP.join(', ')}`)
  }
  if (spec.metric.name === 'val/loss' && spec.metric.goal === 'maximize')
    report(['metric', 'goal'], 'the least val/loss is the best: choose minimize')
  const varies = (name: string): boolean => {
    const space = spec.parameters[name]
    return space !== undefined && (!('values' in space) ? 'min' in space : new Set(space.values).size > 1)
  }
  const unlike = ['loss', 'target', 'image_size'].filter(varies)
  if (spec.metric.name === 'val/loss' && unlike.length > 0) {
    report(['metric', 'name'], `val/loss cannot be compared between runs of different ${unlike.join(', ')}: choose val/dice`)
  }
  if (spec.method !== 'grid' && spec.run_cap === undefined) report(['run_cap'], `method ${spec.method} needs run_cap: how many runs to try`)
})

export type SweepSpec = z.infer<typeof sweepSpecSchema>
export type SweepSpecInput = z.input<typeof sweepSpecSchema>
