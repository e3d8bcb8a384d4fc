import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { note, print, printJson } from '../output.ts'

export const modelRegister = defineCommand({
  name: 'model register',
  summary: "Make a run's best weights a version of a model; made when it is missing",
  usage: 'NAME RUN_ID',
  least: 2,
  most: 2,
  options: { notes: { type: 'string', value: 'TEXT', help: 'a note for people' } },
  printsData: true,
  details: 'The version owns a copy of the files. Registering scores the test side once, and counts that look.',
  example: 'karyon model register nuclei 0f3c9b1e5a7d4c2f8e6b1a9d3c5f7e20',
  async run({ options: { notes }, positionals: [name = '', runId = ''], json }) {
    const { registerVersion } = await import('../../model-registry/register-version.ts')
    const version = await registerVersion({ name, runId, actor: actor(), ...(notes === undefined ? {} : { notes }) })
    if (json) printJson(version)
    else {
      print(`${version.created ? 'Registered as' : 'It is already'} version ${version.version} of ${name}.`)
      note(`\`karyon model promote ${name} ${version.version} --reason "..."\` makes it champion.`)
    }
    return 0
  },
})
