import { defineCommand } from '../command.ts'
import { facts, print, printJson, score, table, time } from '../output.ts'

export const sweepShow = defineCommand({
  name: 'sweep show',
  summary: "Show a sweep's leaderboard beside the baseline",
  usage: 'SWEEP_ID',
  least: 1,
  most: 1,
  options: {},
  printsData: true,
  example: 'karyon sweep show 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20',
  async run({ positionals: [id = ''], json }) {
    const { getLeaderboard } = await import('../../core/sweeps/leaderboard.ts')
    const board = await getLeaderboard(id)
    if (json) {
      printJson(board)
      return 0
    }
    const { sweep, rows, varying, baseline } = board
    print(
      facts([
        ['Sweep', sweep.name],
        ['State', sweep.state],
        ['Dataset', sweep.dataset],
        ['Metric', `${sweep.metric.name}, ${sweep.metric.goal}d`],
        ['Created', time(sweep.created_at)],
        ['Ended', time(sweep.ended_at)],
      ]),
    )
    const baseValue = baseline[sweep.metric.name]
    print(
      `\n${table(
        ['RUN', 'STATUS', 'EPOCH', sweep.metric.name, 'AT', ...varying],
        [
          ['Otsu + watershed', 'baseline', null, score(baseValue), null, ...varying.map(() => null)],
          ...rows.map(({ run, best }) => [
            run.run_id,
            run.status,
            `${run.epoch}/${run.epochs_total}`,
            score(best?.value),
            best?.epoch ?? null,
            ...varying.map((name) => String(run.params[name] ?? '')),
          ]),
        ],
      )}`,
    )
    return 0
  },
})
