import type { SweepView } from '../../core/contracts/views.ts'
import type * as SweepControl from '../../core/sweeps/control.ts'
import { actor } from '../actor.ts'
import { type Command, defineCommand } from '../command.ts'
import { print, printJson } from '../output.ts'

type Control = (sweepId: string, actor: string) => Promise<SweepView>

function control(verb: 'pause' | 'resume' | 'cancel', summary: string, pick: (module: typeof SweepControl) => Control): Command {
  return defineCommand({
    name: `sweep ${verb}`,
    summary,
    usage: 'SWEEP_ID',
    least: 1,
    most: 1,
    options: {},
    printsData: true,
    example: `karyon sweep ${verb} 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20`,
    async run({ positionals: [id = ''], json }) {
      const sweep = await pick(await import('../../core/sweeps/control.ts'))(id, actor())
      if (json) printJson(sweep)
      else print(`"${sweep.name}" is ${sweep.state}.`)
      return 0
    },
  })
}

export const sweepPause = control('pause', 'Begin no further runs of a sweep; those that train go on', (module) => module.pauseSweep)
export const sweepResume = control('resume', 'Let a paused sweep go on', (module) => module.resumeSweep)
export const sweepCancel = control('cancel', 'Cancel a sweep with its queued and live runs', (module) => module.cancelSweep)
