import { defineCommand } from '../command.ts'
import { runProgram } from '../run-program.ts'

export const trainer = defineCommand({
  name: 'trainer',
  summary: 'Run one more trainer on this machine until Ctrl-C; several share the queue',
  usage: '',
  least: 0,
  most: 0,
  options: {
    slots: { type: 'string', value: 'N', help: 'runs trained at one time (KARYON_TRAINER_SLOTS, else one a GPU)' },
    device: { type: 'string', value: 'DEVICE', help: 'auto, cpu or gpu (KARYON_DEVICE)' },
  },
  printsData: false,
  details: 'On another machine, set DATABASE_URL to the same database and KARYON_ARTIFACTS to a folder that both mount.',
  example: 'karyon trainer --slots 2',
  run: ({ options: { slots, device } }) =>
    runProgram({
      path: 'trainer/agent.ts',
      env: { ...(slots === undefined ? {} : { KARYON_TRAINER_SLOTS: slots }), ...(device === undefined ? {} : { KARYON_DEVICE: device }) },
    }),
})
