import {
  DEFAULT_RUN_PARAMETERS,
  RUN_PARAMETER_INFO,
  type RunParameterInfo,
  type RunParameterName,
} from '@/core/contracts/run-parameters.ts'

export type SpaceMode = 'fixed' | 'list' | 'range'
export const DISTRIBUTIONS = ['uniform', 'log_uniform_values', 'int_uniform', 'q_uniform'] as const
export type Distribution = (typeof DISTRIBUTIONS)[number]

/** One parameter as the form holds it: text as typed, so that nothing is lost while it is half written. */
export interface ParameterDraft {
  mode: SpaceMode
  value: string
  /** Comma-separated. */
  values: string
  min: string
  max: string
  q: string
  distribution: Distribution
  /** Stands in the sweep file; others take their default and are left out. */
  explicit: boolean
}

/** The whole form. `unknown..` keep what a file says beyond it, so that an edit in the form takes nothing away. */
export interface SweepDraft {
  name: string
  experiment: string
  dataset: string
  split_seed: string
  limit_images: string
  method: string
  metric: string
  goal: string
  run_cap: string
  seed: string
  early: { on: boolean; min_iter: string; eta: string }
  parameters: Record<RunParameterName, ParameterDraft>
  unknown: Record<string, unknown>
  unknownParameters: Record<string, unknown>
}

const text = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export function defaultDistribution(info: RunParameterInfo): Distribution {
  if (info.kind === 'integer') return 'int_uniform'
  return info.log === true ? 'log_uniform_values' : 'uniform'
}

function defaultParameter(info: RunParameterInfo): ParameterDraft {
  const value = text(DEFAULT_RUN_PARAMETERS[info.name])
  return { mode: 'fixed', value, values: value, min: '', max: '', q: '', distribution: defaultDistribution(info), explicit: false }
}

function parameterFrom(info: RunParameterInfo, space: unknown): ParameterDraft {
  const base = defaultParameter(info)
  if (space === undefined) return base
  const fields = record(space)
  if ('values' in fields) {
    const values = Array.isArray(fields.values) ? fields.values.map(text).join(', ') : text(fields.values)
    return { ...base, mode: 'list', values, explicit: true }
  }
  if ('min' in fields || 'max' in fields || 'distribution' in fields) {
    const named = DISTRIBUTIONS.find((distribution) => distribution === fields.distribution)
    return {
      ...base,
      mode: 'range',
      min: text(fields.min),
      max: text(fields.max),
      q: text(fields.q),
      distribution: named ?? 'uniform',
      explicit: true,
    }
  }
  return { ...base, mode: 'fixed', value: text('value' in fields ? fields.value : space), explicit: true }
}

const KNOWN = [
  'name',
  'experiment',
  'dataset',
  'split_seed',
  'limit_images',
  'method',
  'metric',
  'run_cap',
  'seed',
  'early_terminate',
  'parameters',
]

/** The form of a sweep file's content; what it cannot show stays in `unknown`. */
export function toDraft(spec: unknown): SweepDraft {
  const fields = record(spec)
  const metric = record(fields.metric)
  const early = record(fields.early_terminate)
  const parameters = record(fields.parameters)
  return {
    name: text(fields.name),
    experiment: text(fields.experiment ?? 'Default'),
    dataset: text(fields.dataset),
    split_seed: text(fields.split_seed ?? 0),
    limit_images: text(fields.limit_images),
    method: text(fields.method ?? 'grid'),
    metric: text(metric.name ?? 'val/dice'),
    goal: text(metric.goal ?? 'maximize'),
    run_cap: text(fields.run_cap),
    seed: text(fields.seed ?? 0),
    early: {
      on: fields.early_terminate !== undefined && fields.early_terminate !== null,
      min_iter: text(early.min_iter ?? 2),
      eta: text(early.eta ?? 3),
    },
    parameters: Object.fromEntries(
      RUN_PARAMETER_INFO.map((info) => [info.name, parameterFrom(info, parameters[info.name])]),
    ) as SweepDraft['parameters'],
    unknown: Object.fromEntries(Object.entries(fields).filter(([key]) => !KNOWN.includes(key))),
    unknownParameters: Object.fromEntries(Object.entries(parameters).filter(([key]) => !(key in DEFAULT_RUN_PARAMETERS))),
  }
}

/** A number where the text is one, else the text itself: the schema then names it as what it is. */
function number(typed: string): number | string {
  const trimmed = typed.trim()
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed
}

function scalar(info: RunParameterInfo, typed: string): number | string {
  const trimmed = typed.trim()
  if (info.kind === 'choice') return info.choices?.find((choice) => String(choice) === trimmed) ?? number(trimmed)
  return info.kind === 'text' ? trimmed : number(trimmed)
}

/** The values of a list as typed. */
export const splitList = (values: string): string[] =>
  values
    .split(/[,;\s]+/)
    .map((value) => value.trim())
    .filter((value) => value !== '')

function spaceOf(info: RunParameterInfo, draft: ParameterDraft): Record<string, unknown> {
  switch (draft.mode) {
    case 'fixed':
      return { value: scalar(info, draft.value) }
    case 'list':
      return { values: splitList(draft.values).map((value) => scalar(info, value)) }
    case 'range':
      return {
        distribution: draft.distribution,
        min: number(draft.min),
        max: number(draft.max),
        ...(draft.q.trim() === '' ? {} : { q: number(draft.q) }),
      }
  }
}

/** The sweep file's content. What equals the schema's default and was not written is left out. */
export function toSpec(draft: SweepDraft): Record<string, unknown> {
  const optional = (key: string, typed: string): Record<string, unknown> => (typed.trim() === '' ? {} : { [key]: number(typed) })
  const unless = (key: string, typed: string, usual: string): Record<string, unknown> =>
    typed.trim() === usual ? {} : { [key]: number(typed) }
  const parameters: Record<string, unknown> = {}
  for (const info of RUN_PARAMETER_INFO) {
    const parameter = draft.parameters[info.name]
    if (parameter.explicit) parameters[info.name] = spaceOf(info, parameter)
  }
  return {
    name: draft.name.trim(),
    experiment: draft.experiment.trim(),
    dataset: draft.dataset.trim(),
    ...unless('split_seed', draft.split_seed, '0'),
    ...optional('limit_images', draft.limit_images),
    method: draft.method,
    metric: { name: draft.metric, goal: draft.goal },
    ...optional('run_cap', draft.run_cap),
    ...unless('seed', draft.seed, '0'),
    ...(draft.early.on
      ? { early_terminate: { type: 'hyperband', min_iter: number(draft.early.min_iter), eta: number(draft.early.eta) } }
      : {}),
    ...draft.unknown,
    parameters: { ...parameters, ...draft.unknownParameters },
  }
}
