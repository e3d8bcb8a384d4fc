import { AppError } from '../../core/errors.ts'
import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { print, printJson } from '../output.ts'

export const modelRollback = defineCommand({
  name: 'model rollback',
  summary: 'Point an alias (champion) back to the version that held it before',
  usage: 'NAME',
  least: 1,
  most: 1,
  options: {
    reason: { type: 'string', short: 'r', value: 'TEXT', help: 'why, for the history (required)' },
    alias: { type: 'string', value: 'ALIAS', help: 'another alias than champion' },
    'expected-version': { type: 'string', value: 'VERSION', help: 'refuse when the alias no longer points there' },
  },
  printsData: true,
  example: 'karyon model rollback nuclei --reason "merges touching nuclei"',
  async run({ options, positionals: [name = ''], json }) {
    if (options.reason === undefined) throw new AppError('BAD_REQUEST', 'Say why: --reason "..." is kept in the history.')
    const { rollback } = await import('../../model-registry/rollback.ts')
    const model = await rollback({
      name,
      reason: options.reason,
      actor: actor(),
      ...(options.alias === undefined ? {} : { alias: options.alias }),
      ...(options['expected-version'] === undefined ? {} : { expectedVersion: options['expected-version'] }),
    })
    const alias = options.alias ?? 'champion'
    if (json) printJson(model)
    else print(`Version ${model.aliases[alias] ?? '?'} of ${name} is its ${alias} again.`)
    return 0
  },
})
