import { describe, expect, it } from 'vitest'
import { DEFAULT_RUN_PARAMETERS, RUN_PARAMETER_INFO, runParametersSchema } from '../../core/contracts/run-parameters.ts'
import { sweepSpecSchema } from '../../core/contracts/sweep-spec.ts'

const valid = { name: 'baseline', dataset: 'dsb2018', parameters: { learning_rate: { values: [0.001, 0.0001] } } }

function issues(spec: unknown): string[] {
  const result = sweepSpecSchema.safeParse(spec)
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('sweep file', () => {
  it('fills what is left out', () => {
    expect(sweepSpecSchema.parse(valid)).toMatchObject({
      experiment: 'Default',
      method: 'grid',
      metric: { name: 'val/dice', goal: 'maximize' },
      split_seed: 0,
    })
  })

  it('refuses an unknown parameter beside its field', () => {
    expect(issues({ ...valid, parameters: { lerning_rate: { value: 1 } } })).toEqual([
      'parameters.lerning_rate: there is no parameter "lerning_rate"',
    ])
  })

  it('refuses an impossible value at its place in the list', () => {
    const found = issues({ ...valid, parameters: { image_size: { values: [128, 100] } } })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^parameters\.image_size\.values\.1: 100 is not possible/)
  })

  it('refuses an unknown key of the file, so that a typing error is not silently ignored', () => {
    expect(issues({ ...valid, runcap: 3 }).join()).toContain('runcap')
  })

  it('refuses a range in a grid and a search without an end', () => {
    const range = { distribution: 'log_uniform_values', min: 0.0001, max: 0.01 }
    expect(issues({ ...valid, parameters: { learning_rate: range } })[0]).toMatch(/^parameters\.learning_rate: a grid needs a list/)
    expect(issues({ ...valid, method: 'random', parameters: { learning_rate: range } })[0]).toMatch(/^run_cap: /)
    expect(issues({ ...valid, method: 'random', run_cap: 4, parameters: { learning_rate: range } })).toEqual([])
  })

  it('keeps the test set sealed', () => {
    expect(issues({ ...valid, metric: { name: 'test/dice', goal: 'maximize' } })).toEqual([
      'metric.name: the test set is sealed: choose a validation metric',
    ])
  })

  it.each(['loss', 'target', 'image_size'] as const)('refuses val/loss as the metric when %s varies', (name) => {
    const values = { loss: ['dice', 'focal'], target: ['semantic', 'semantic+border'], image_size: [128, 256] }[name]
    const spec = { ...valid, metric: { name: 'val/loss', goal: 'minimize' }, parameters: { [name]: { values } } }
    expect(issues(spec)[0]).toContain(`different ${name}`)
    expect(issues({ ...spec, parameters: { [name]: { value: values[0] } } })).toEqual([])
    const upsideDown = { ...spec, metric: { name: 'val/loss', goal: 'maximize' }, parameters: {} }
    expect(issues(upsideDown)).toEqual([expect.stringMatching(/^metric\.goal: the least val\/loss is the best/)])
  })

  it('refuses a range that is no range', () => {
    expect(issues({ ...valid, method: 'random', run_cap: 2, parameters: { dropout: { min: 0.5, max: 0.1 } } })).not.toEqual([])
    expect(
      issues({
        ...valid,
        method: 'random',
        run_cap: 2,
        parameters: { learning_rate: { distribution: 'log_uniform_values', min: 0, max: 0.1 } },
      }),
    ).not.toEqual([])
  })
})

describe('run parameters', () => {
  it('has defaults that it accepts itself', () => {
    expect(runParametersSchema.parse(DEFAULT_RUN_PARAMETERS)).toEqual(DEFAULT_RUN_PARAMETERS)
  })

  it('describes every parameter for the form, once', () => {
    expect(RUN_PARAMETER_INFO.map((info) => info.name).sort()).toEqual(Object.keys(runParametersSchema.shape).sort())
  })
})
