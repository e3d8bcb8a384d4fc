import { defineCommand } from '../command.ts'
import { note, print, printJson, score, table, time } from '../output.ts'

export const runList = defineCommand({
  name: 'run list',
  summary: 'List runs, newest first',
  usage: '',
  least: 0,
  most: 0,
  options: {
    filter: { type: 'string', short: 'f', value: 'FILTER', help: "as in MLflow: metrics.`val/dice` > 0.8 and params.loss = 'dice'" },
    'order-by': { type: 'string', value: 'FIELD', multiple: true, help: 'e.g. "metrics.`val/dice` desc"; several in order' },
    sweep: { type: 'string', value: 'SWEEP_ID', help: 'only of this sweep' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default 100)' },
    'page-token': { type: 'string', value: 'TOKEN', help: 'the page after one that was printed' },
  },
  printsData: true,
  example: "karyon run list --filter \"attributes.status = 'finished'\" --order-by 'metrics.`val/dice` desc' -n 10",
  async run({ options, json }) {
    const { searchRuns } = await import('../../core/runs/search-runs.ts')
    const { runs, nextPageToken } = await searchRuns({
      filter: options.filter,
      orderBy: options['order-by'],
      sweepId: options.sweep,
      maxResults: options.limit === undefined ? undefined : Number(options.limit),
      pageToken: options['page-token'],
    })
    if (json) {
      printJson({ runs, ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }) })
      return 0
    }
    if (runs.length === 0) {
      print('No runs.')
      return 0
    }
    print(
      table(
        ['RUN', 'NAME', 'SWEEP', 'STATUS', 'EPOCH', 'VAL/DICE', 'VAL/AP50', 'CREATED'],
        runs.map((run) => [
          run.run_id,
          run.name,
          run.sweep_name,
          run.status,
          `${run.epoch}/${run.epochs_total}`,
          score(run.metrics['val/dice']?.best),
          score(run.metrics['val/ap50']?.best),
          time(run.created_at),
        ]),
      ),
    )
    if (nextPageToken !== undefined) note(`More: --page-token ${nextPageToken}`)
    return 0
  },
})
