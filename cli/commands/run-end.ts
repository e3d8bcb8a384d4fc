import type { RunStatus } from '../../core/contracts/views.ts'
import type * as RunRequests from '../../core/runs/request.ts'
import { actor } from '../actor.ts'
import { type Command, defineCommand } from '../command.ts'
import { print, printJson } from '../output.ts'

type Request = (runId: string, actor: string) => Promise<RunStatus>

function ending(verb: 'stop' | 'cancel', summary: string, pick: (module: typeof RunRequests) => Request): Command {
  return defineCommand({
    name: `run ${verb}`,
    summary,
    usage: 'RUN_ID',
    least: 1,
    most: 1,
    options: {},
    printsData: true,
    example: `karyon run ${verb} 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20`,
    async run({ positionals: [id = ''], json }) {
      const { requireRun } = await import('../../core/runs/require-run.ts')
      await requireRun(id)
      const status = await pick(await import('../../core/runs/request.ts'))(id, actor())
      if (json) printJson({ run_id: id, status })
      else print(status === 'stopping' ? 'Asked; it ends after the step under way.' : `The run is ${status}.`)
      return 0
    },
  })
}

export const runStop = ending('stop', 'End a run early and keep its best model', (module) => module.requestStop)
export const runCancel = ending('cancel', 'End a run and throw its result away', (module) => module.requestCancel)
