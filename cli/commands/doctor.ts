import { defineCommand } from '../command.ts'
import { runProgram } from '../run-program.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Say what works and what to do about what does not; changes nothing',
  usage: '',
  least: 0,
  most: 0,
  options: {},
  printsData: true,
  example: 'karyon doctor',
  run: ({ json }) => runProgram({ path: 'setup/doctor.mjs', args: json ? ['--json'] : [] }),
})
