import { AppError } from '../../core/errors.ts'
import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { print, printJson } from '../output.ts'

export const modelPromote = defineCommand({
  name: 'model promote',
  summary: 'Point an alias (champion) to a version, with the reason',
  usage: 'NAME VERSION',
  least: 2,
  most: 2,
  options: {
    reason: { type: 'string', short: 'r', value: 'TEXT', help: 'why, for the history (required)' },
    alias: { type: 'string', value: 'ALIAS', help: 'another alias than champion' },
    'expected-version': { type: 'string', value: 'VERSION', help: 'refuse when the alias no longer points there; "none": nowhere' },
    'dry-run': { type: 'boolean', help: 'only compare it with the champion' },
  },
  printsData: true,
  example: 'karyon model promote nuclei 3 --reason "+0.021 Dice on histology"',
  async run({ options, positionals: [name = '', version = ''], json }) {
    if (options['dry-run'] === true) {
      const { reviewPromotion } = await import('../../model-registry/review.ts')
      const review = await reviewPromotion({ model: name, version, ...(options.alias === undefined ? {} : { alias: options.alias }) })
      if (json) printJson(review)
      else print(describe(review.difference, review.comparable.reason))
      return 0
    }
    if (options.reason === undefined) throw new AppError('BAD_REQUEST', 'Say why: --reason "..." is kept in the history.')
    const expected = options['expected-version']
    const { promote } = await import('../../model-registry/promote.ts')
    const model = await promote({
      name,
      version,
      reason: options.reason,
      actor: actor(),
      ...(options.alias === undefined ? {} : { alias: options.alias }),
      ...(expected === undefined ? {} : { expectedVersion: expected === 'none' ? null : expected }),
    })
    if (json) printJson(model)
    else print(`Version ${version} of ${name} is its ${options.alias ?? 'champion'}.`)
    return 0
  },
})

function describe(difference: { metric: string; mean: number; low: number; high: number; tied: boolean } | null, reason: string): string {
  if (difference === null) return reason
  const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(4)}`
  const { metric, mean, low, high, tied } = difference
  return `${metric}: ${signed(mean)} beside the champion, 95 % interval ${signed(low)} to ${signed(high)}: ${tied ? 'a tie' : mean > 0 ? 'better' : 'worse'}. ${reason}`
}
