import { describe, expect, it } from 'vitest'
import { toDraft, toSpec } from '../../../app/sweeps/new/draft.ts'
import { startingPoints } from '../../../app/sweeps/new/starting-points.ts'
import { errorAt, validateSweep } from '../../../app/sweeps/new/validate.ts'
import { formatYaml, lineOf, mergeYaml, parseYaml } from '../../../app/sweeps/new/yaml-sync.ts'

const spec = {
  name: 'baseline',
  experiment: 'nuclei',
  dataset: 'dsb2018',
  method: 'random',
  metric: { name: 'val/dice', goal: 'maximize' },
  run_cap: 12,
  early_terminate: { type: 'hyperband', min_iter: 2, eta: 3 },
  parameters: {
    learning_rate: { distribution: 'log_uniform_values', min: 0.0001, max: 0.01 },
    batch_size: { values: [8, 16] },
    epochs: { value: 10 },
    encoder_alpha: { values: [1, 0.35] },
    loss: { value: 'dice' },
  },
}

describe('the form of a sweep', () => {
  it('gives back the sweep file that it was filled from', () => {
    expect(toSpec(toDraft(spec))).toEqual(spec)
  })

  it('leaves out what was never set, and keeps what it does not know', () => {
    const draft = toDraft({ name: 'x', dataset: 'd', note: 'mine', parameters: { momentum: { value: 0.9 } } })
    const back = toSpec(draft)
    expect(back).toMatchObject({ note: 'mine', parameters: { momentum: { value: 0.9 } } })
    expect(back).not.toHaveProperty('split_seed')
    expect(Object.keys(back.parameters as object)).toEqual(['momentum'])
  })

  it('keeps what is half written as it was typed, so that the schema can name it', () => {
    const draft = toDraft(spec)
    draft.parameters.epochs.value = '1o'
    expect(errorAt(validateSweep(toSpec(draft)), 'parameters.epochs')).toBe('"1o" is not possible: it must be a number')
  })

  it.each(['cpu', 'gpu'] as const)('offers starting points for a %s that are valid as they are', (device) => {
    for (const point of startingPoints(device).filter((one) => one.id !== 'empty')) {
      expect(validateSweep({ ...point.spec, dataset: 'd' }), point.title).toEqual({})
      expect(toSpec(toDraft({ ...point.spec, dataset: 'd', experiment: 'Default' })), point.title).toMatchObject(point.spec)
    }
  })
})

describe('what is wrong with a sweep', () => {
  const of = (parameters: unknown) => validateSweep({ name: 'x', dataset: 'd', parameters })

  it('stands beside the field that is wrong', () => {
    expect(of({ epochs: { value: 0 }, learning_rate: { values: [0.001, 5] } })).toEqual({
      'parameters.epochs.value': '0 is not possible: it must be 1 or more',
      'parameters.learning_rate.values.1': '5 is not possible: it must be 1 or less',
    })
    expect(of({ image_size: { value: 100 } })).toEqual({
      'parameters.image_size.value': '100 is not possible: it must be a multiple of 32',
    })
    expect(of({ encoder_alpha: { value: 2 } })).toEqual({
      'parameters.encoder_alpha.value': '2 is not possible: it is none of the choices',
    })
  })

  it('is said of the way in which the parameter was meant', () => {
    expect(of({ seed: { min: 'a', max: 2 } })).toEqual({ 'parameters.seed.min': 'must be a number' })
    expect(of({ seed: { values: [] } })).toEqual({ 'parameters.seed.values': 'needs at least one value' })
    expect(errorAt(of({ epochs: 3 }), 'parameters.epochs')).toContain('{value: 3}')
  })

  it('names unknown keys and parameters', () => {
    expect(validateSweep({ name: 'x', dataset: 'd', runs: 3 })).toEqual({ runs: 'there is no such key' })
    expect(of({ momentum: { value: 0.9 } })).toEqual({ 'parameters.momentum': 'there is no parameter "momentum"' })
  })
})

describe('the sweep as text', () => {
  it('says the same after reading it back, one parameter a line', () => {
    const text = formatYaml(spec)
    expect(parseYaml(text)).toEqual({ spec, error: null })
    expect(text).toContain('\n  batch_size: {values: [8, 16]}\n')
  })

  it('keeps comments and order when the form changes a value', () => {
    const text = `# our first\n${formatYaml(spec).replace('  epochs:', '  # enough\n  epochs:')}`
    const changed = mergeYaml(text, {
      ...spec,
      run_cap: 20,
      parameters: { ...spec.parameters, epochs: { values: [10, 20] }, seed: { value: 1 } },
    })
    expect(changed).toBe(
      text.replace('run_cap: 12', 'run_cap: 20').replace('epochs: {value: 10}', 'epochs: {values: [10, 20]}').trimEnd() +
        '\n  seed: {value: 1}\n',
    )
  })

  it('is written anew where it cannot be read', () => {
    expect(parseYaml(mergeYaml('name: [', spec))).toEqual({ spec, error: null })
  })

  it('names the line at which it stops making sense', () => {
    expect(parseYaml('name: x\nname: y\n')).toEqual({ spec: null, error: { line: 2, message: 'Map keys must be unique' } })
    expect(parseYaml('- a\n').error?.line).toBe(1)
  })

  it('knows the line of a field, or of the nearest of its parents', () => {
    const text = formatYaml(spec)
    const lines = text.split('\n')
    expect(lines[lineOf(text, 'parameters.learning_rate.min') - 1]).toContain('learning_rate')
    expect(lines[lineOf(text, 'early_terminate.bad') - 1]).toContain('type: hyperband')
  })
})
