import { defineCommand } from '../command.ts'
import { duration, facts, print, printJson, score, table, time } from '../output.ts'

export const runShow = defineCommand({
  name: 'run show',
  summary: 'Show a run: status, parameters, metrics',
  usage: 'RUN_ID',
  least: 1,
  most: 1,
  options: { log: { type: 'boolean', help: 'print the end of its log too' } },
  printsData: true,
  example: 'karyon run show 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20 --log',
  async run({ options, positionals: [id = ''], json }) {
    const { getRun } = await import('../../core/runs/get-run.ts')
    const run = await getRun(id)
    if (json) {
      printJson(run)
      return 0
    }
    print(
      facts([
        ['Run', run.run_id],
        ['Name', run.name],
        ['Sweep', run.sweep_name],
        ['Experiment', run.experiment_name],
        ['Dataset', run.dataset],
        ['Status', `${run.status}${run.message === '' ? '' : ` (${run.message})`}`],
        ['Epoch', `${run.epoch} of ${run.epochs_total}`],
        ['Best epoch', run.best_epoch],
        ['Best value', score(run.best_value)],
        ['Images/s', run.images_per_second?.toFixed(1)],
        ['Time left', run.eta_seconds === null ? null : duration(run.eta_seconds * 1000)],
        ['Attempt', run.attempt],
        ['Created', time(run.created_at)],
        ['Started', time(run.started_at)],
        ['Ended', time(run.ended_at)],
        ['Notes', run.notes],
      ]),
    )
    print(
      `\n${table(
        ['PARAMETER', 'VALUE'],
        Object.entries(run.params).map(([name, value]) => [name, String(value)]),
      )}`,
    )
    const metrics = Object.entries(run.metrics)
    if (metrics.length > 0) {
      print(
        `\n${table(
          ['METRIC', 'LAST', 'BEST', 'AT'],
          metrics.map(([key, summary]) => [key, score(summary.last), score(summary.best), summary.best_step]),
        )}`,
      )
    }
    if (options.log === true) {
      const { readLogs } = await import('../../core/runs/logs.ts')
      print(`\n${(await readLogs(id, { tail: 50 })).lines.join('\n')}`)
    }
    return 0
  },
})
