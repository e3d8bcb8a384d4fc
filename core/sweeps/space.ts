import {
  DEFAULT_RUN_PARAMETERS,
  RUN_PARAMETER_INFO,
  type RunParameterName,
  type RunParameters,
  runParametersSchema,
} from '../contracts/run-parameters.ts'
import type { SweepSpec } from '../contracts/sweep-spec.ts'
import { AppError } from '../errors.ts'

export type Value = number | string | boolean
/** One combination: the values of the dimensions, by name. */
export type Point = Record<string, Value>

/** A parameter that the sweep sets. Fixed ones are choices of one. */
export type Dimension =
  | { kind: 'choice'; name: RunParameterName; values: Value[] }
  | {
      kind: 'range'
      name: RunParameterName
      min: number
      max: number
      log: boolean
      /** Values are multiples of it; 0: any. */ step: number
    }

/** What the network halves five times must be a multiple of this. */
const IMAGE_SIZE_STEP = 32

/**
 * The dimensions of a sweep, in the order in which the form shows parameters, so that a grid's order does not depend on
 * how a file was written.
 * @throws AppError INVALID_PARAMETER_VALUE with the field, for a range over what is no number
 */
export function searchSpace(spec: Pick<SweepSpec, 'parameters'>): Dimension[] {
  return RUN_PARAMETER_INFO.flatMap((info): Dimension[] => {
    const space = spec.parameters[info.name]
    if (space === undefined) return []
    if ('value' in space) return [{ kind: 'choice', name: info.name, values: [space.value] }]
    if ('values' in space) return [{ kind: 'choice', name: info.name, values: [...new Set(space.values)] }]
    if (info.kind !== 'number' && info.kind !== 'integer') {
      throw fieldError(`parameters.${info.name}`, `${info.label} is one of a list: give values, not a range.`)
    }
    const whole = info.name === 'image_size' ? IMAGE_SIZE_STEP : info.kind === 'integer' || space.distribution === 'int_uniform' ? 1 : 0
    const step = Math.max(whole, space.q ?? 0)
    const log = space.distribution === 'log_uniform_values'
    const least = step === 0 ? space.min : Math.ceil(space.min / step - 1e-9) * step
    const greatest = step === 0 ? space.max : Math.floor(space.max / step + 1e-9) * step
    if (least > greatest)
      throw fieldError(`parameters.${info.name}`, `Between ${space.min} and ${space.max} there is no multiple of ${step}.`)
    return [{ kind: 'range', name: info.name, min: least, max: greatest, log, step }]
  })
}

export const varies = (dimension: Dimension): boolean =>
  dimension.kind === 'choice' ? dimension.values.length > 1 : dimension.min < dimension.max

/** Names of the parameters that differ between the sweep's runs. */
export const varyingParameters = (spec: Pick<SweepSpec, 'parameters'>): RunParameterName[] =>
  searchSpace(spec)
    .filter(varies)
    .map((dimension) => dimension.name)

/** How many distinct points there are; Infinity where a range is continuous. */
export function spaceSize(dimensions: readonly Dimension[]): number {
  return dimensions.reduce(
    (size, d) =>
      size * (d.kind === 'choice' ? d.values.length : d.step === 0 ? (varies(d) ? Infinity : 1) : Math.round((d.max - d.min) / d.step) + 1),
    1,
  )
}

/** The value at a place of a range, 0 its least and 1 its greatest; logarithmic ranges are even in the logarithm. */
export function fromUnit(range: Extract<Dimension, { kind: 'range' }>, unit: number): number {
  const u = Math.min(1, Math.max(0, unit))
  if (range.step > 0 && !range.log) {
    // Every multiple gets an equal share, the two ends too.
    const count = Math.round((range.max - range.min) / range.step) + 1
    return tidy(range.min + Math.min(count - 1, Math.floor(u * count)) * range.step)
  }
  const value = range.log
    ? Math.exp(Math.log(range.min) + u * (Math.log(range.max) - Math.log(range.min)))
    : range.min + u * (range.max - range.min)
  const stepped = range.step > 0 ? Math.round(value / range.step) * range.step : value
  return tidy(Math.min(range.max, Math.max(range.min, stepped)))
}

/** The inverse of fromUnit: the middle of the value's share. */
export function toUnit(range: Extract<Dimension, { kind: 'range' }>, value: number): number {
  if (range.max === range.min) return 0.5
  if (range.step > 0 && !range.log) {
    const count = Math.round((range.max - range.min) / range.step) + 1
    return (Math.round((value - range.min) / range.step) + 0.5) / count
  }
  return range.log
    ? (Math.log(value) - Math.log(range.min)) / (Math.log(range.max) - Math.log(range.min))
    : (value - range.min) / (range.max - range.min)
}

/** Five significant digits: 0.0012346 reads better than 0.0012345678901, and loses nothing that matters. */
const tidy = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(5)))

/** Equal for equal points, whatever the order of their keys. */
export const pointKey = (point: Point): string => JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * All parameters of the run at a point. A sweep's own seed is the runs' too, unless it searches over seeds: runs then
 * differ by nothing but what varies.
 * @throws AppError INVALID_PARAMETER_VALUE that names the parameter
 */
export function runParametersAt(point: Point, seed: number): RunParameters {
  const result = runParametersSchema.safeParse({ ...DEFAULT_RUN_PARAMETERS, seed: seed % 2 ** 31, ...point })
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw fieldError(
    `parameters.${String(issue?.path[0] ?? '')}`,
    `${issue?.message ?? 'impossible'} (in the combination ${JSON.stringify(point)}).`,
  )
}

const SHORT_NAMES: Partial<Record<RunParameterName, string>> = {
  learning_rate: 'lr',
  fine_tune_learning_rate: 'fine-tune lr',
  batch_size: 'batch',
  image_size: 'size',
  encoder_alpha: 'alpha',
  augmentation: 'aug',
  architecture: '',
  loss: '',
  optimizer: '',
  target: '',
  sampling: '',
  schedule: '',
  decoder_filters: 'decoder',
  early_stopping_patience: 'patience',
  fine_tune_epochs: 'fine-tune',
  fine_tune_at: 'from block',
}

/** "lr 0.001 · batch 8": what varies, in the form's order; the sweep's name where nothing does. */
export function runName(point: Point, varying: readonly RunParameterName[], sweepName: string): string {
  const parts = varying.map((name) => {
    const short = SHORT_NAMES[name] ?? name.replaceAll('_', ' ')
    const value = point[name]
    return `${short} ${value === '' ? 'default' : String(value)}`.trim()
  })
  return (parts.length === 0 ? sweepName : parts.join(' · ')).slice(0, 250)
}

export function fieldError(field: string, message: string): AppError {
  return new AppError('INVALID_PARAMETER_VALUE', message, { details: { fields: { [field]: message } } })
}
