import { readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { AppError } from '../../core/errors.ts'
import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { note, print, printJson } from '../output.ts'

export const sweepCreate = defineCommand({
  name: 'sweep create',
  summary: 'Queue a sweep that a YAML file describes',
  usage: 'FILE',
  least: 1,
  most: 1,
  options: { 'dry-run': { type: 'boolean', help: 'say what it would be and how long it would take; create nothing' } },
  printsData: true,
  details: "The keys are those of a W&B sweep configuration; `-` reads standard input. The sweep form's YAML tab writes such a file.",
  example: 'karyon sweep create sweep.yaml',
  async run({ options, positionals: [path = ''], json }) {
    const { parseSweepSpec } = await import('../../core/sweeps/parse-spec.ts')
    const spec = parseSweepSpec(readYaml(path))
    const { estimateSweep } = await import('../../core/sweeps/estimate.ts')
    const estimate = await estimateSweep(spec)
    const plan = `${estimate.runs} ${estimate.runs === 1 ? 'run' : 'runs'}, about ${Math.max(1, Math.round(estimate.minutes))} min (${estimate.measuredOn})`
    if (options['dry-run'] === true) {
      if (json) printJson({ spec, estimate })
      else print(`The sweep is valid: ${plan}.`)
      return 0
    }
    const { createSweep } = await import('../../core/sweeps/create-sweep.ts')
    const sweep = await createSweep(spec, actor())
    if (json) printJson(sweep)
    else {
      print(sweep.sweep_id)
      note(`Queued "${sweep.name}" on ${sweep.dataset}: ${plan}.`)
      note(`\`karyon sweep show ${sweep.sweep_id}\` follows it.`)
    }
    return 0
  },
})

function readYaml(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (cause) {
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `The sweep file ${path} cannot be read.`, { cause })
  }
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause
    throw new AppError('INVALID_PARAMETER_VALUE', `${path} is no YAML: ${cause.message.split('\n')[0] ?? ''}`, { cause })
  }
}
