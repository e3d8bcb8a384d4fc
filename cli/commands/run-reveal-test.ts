import { AppError } from '../../core/errors.ts'
import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { note, print, printJson, score, table } from '../output.ts'

const METRICS = ['dice', 'iou', 'ap50', 'map'] as const

export const runRevealTest = defineCommand({
  name: 'run reveal-test',
  summary: 'Score a run’s best epoch on the sealed test side; the look is counted, with its reason',
  usage: 'RUN_ID',
  least: 1,
  most: 1,
  options: {
    reason: { type: 'string', short: 'r', value: 'TEXT', help: 'why, kept with the count (required)' },
    detach: { type: 'boolean', help: 'queue it and return; do not wait for its end' },
  },
  printsData: true,
  example: 'karyon run reveal-test 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20 --reason "figures of the paper"',
  async run({ options, positionals: [id = ''], json }) {
    if (options.reason === undefined) throw new AppError('BAD_REQUEST', 'Say why: --reason "..." is kept with the count of looks.')
    const { getTestReveal, revealTest } = await import('../../core/runs/reveal-test.ts')
    const job = await revealTest(id, options.reason, actor())
    if (options.detach === true) {
      if (json) printJson(job)
      else print(`Queued as job ${job.job_id}.`)
      return 0
    }
    const { followJob } = await import('../follow-job.ts')
    await followJob(job.job_id, 'Scoring')
    const revealed = await getTestReveal(id)
    if (json) printJson(revealed)
    else if (revealed.scores !== null) {
      const { epoch, images, metrics, baseline } = revealed.scores
      const row = (name: string, values: Record<string, number>) => [name, ...METRICS.map((metric) => score(values[`test/${metric}`]))]
      print(
        table(
          ['TEST SIDE', ...METRICS.map((metric) => metric.toUpperCase())],
          [row(`epoch ${epoch ?? '-'}`, metrics), row('Otsu + watershed', baseline)],
        ),
      )
      note(`${images} images; this dataset version's test side was looked at ${revealed.looks} times, this one included.`)
    }
    return 0
  },
})
