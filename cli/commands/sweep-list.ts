import { defineCommand } from '../command.ts'
import { print, printJson, score, table, time } from '../output.ts'

export const sweepList = defineCommand({
  name: 'sweep list',
  summary: 'List sweeps, newest first',
  usage: '',
  least: 0,
  most: 0,
  options: { limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default 100)' } },
  printsData: true,
  example: 'karyon sweep list -n 10',
  async run({ options: { limit }, json }) {
    const { listSweeps } = await import('../../core/sweeps/list-sweeps.ts')
    const sweeps = await listSweeps(limit === undefined ? {} : { limit: Number(limit) })
    if (json) printJson({ sweeps })
    else if (sweeps.length === 0) print('No sweeps yet. `karyon sweep create FILE` queues one.')
    else {
      print(
        table(
          ['SWEEP', 'NAME', 'DATASET', 'STATE', 'RUNS', 'METRIC', 'BEST', 'CREATED'],
          sweeps.map((sweep) => [
            sweep.sweep_id,
            sweep.name,
            sweep.dataset,
            sweep.state,
            `${sweep.counts.finished + sweep.counts.pruned}/${sweep.run_cap}`,
            sweep.metric.name,
            score(sweep.best_value),
            time(sweep.created_at),
          ]),
        ),
      )
    }
    return 0
  },
})
