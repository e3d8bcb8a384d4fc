import { defineCommand } from '../command.ts'
import { runProgram } from '../run-program.ts'

export const up = defineCommand({
  name: 'up',
  summary: 'Set everything up and run it: dashboard, trainer and model server (as `npm start`)',
  usage: '[-- OPTIONS]',
  least: 0,
  most: 0,
  options: {},
  printsData: false,
  passesOn: true,
  details: 'Options are those of `npm start`: --port PORT, --home DIR, --host ADDRESS.',
  example: 'karyon up --port 4000 --home /data/karyon',
  run: ({ positionals }) => runProgram({ path: 'setup/start.mjs', args: positionals.filter((argument) => argument !== '--') }),
})
