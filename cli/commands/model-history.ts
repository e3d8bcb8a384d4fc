import { defineCommand } from '../command.ts'
import { print, printJson, table, time } from '../output.ts'

export const modelHistory = defineCommand({
  name: 'model history',
  summary: 'Who made which version champion when, and why',
  usage: 'NAME',
  least: 1,
  most: 1,
  options: { alias: { type: 'string', value: 'ALIAS', help: 'only of this alias' } },
  printsData: true,
  example: 'karyon model history nuclei',
  async run({ options: { alias }, positionals: [name = ''], json }) {
    const { getHistory } = await import('../../model-registry/history.ts')
    const events = await getHistory(name, alias === undefined ? {} : { alias })
    if (json) printJson({ events })
    else if (events.length === 0) print(`Nothing of ${name} was promoted yet.`)
    else
      print(
        table(
          ['AT', 'WHAT', 'ALIAS', 'FROM', 'TO', 'BY', 'REASON'],
          events.map((event) => [time(event.at), event.kind, event.alias, event.from_version, event.to_version, event.actor, event.reason]),
        ),
      )
    return 0
  },
})
