import { type Command } from './command.ts'
import { usageLine } from './parse-command.ts'

/** All commands, or those of a group. */
export function overview(commands: readonly Command[], group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `))
  const width = Math.max(...shown.map(({ name, usage }) => `${name} ${usage}`.length))
  const lines = shown.map((command) => `  ${`${command.name} ${command.usage}`.padEnd(width)}  ${command.summary}`)
  const head = group === undefined ? 'Usage: karyon COMMAND [options]' : `Usage: karyon ${group} COMMAND [options]`
  const foot = `\`karyon ${group === undefined ? 'COMMAND' : `${group} COMMAND`} --help\` says more. Where data is printed, --json prints it for programs.`
  return `${head}\n\n${lines.join('\n')}\n\n${foot}\n`
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { type, short, value, help }]): [string, string] => [
    `${short === undefined ? '   ' : `-${short},`} --${name}${type === 'string' ? ` ${value ?? name.toUpperCase().replaceAll('-', '_')}` : ''}`,
    help,
  ])
  if (command.printsData) options.push(['    --json', 'print data for programs'])
  options.push(['-h, --help', 'this text'])
  const width = Math.max(...options.map(([flag]) => flag.length))
  return [
    `Usage: ${usageLine(command)}`,
    '',
    command.summary,
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    ...options.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    '',
    'Example:',
    ...command.example.split('\n').map((line) => `  ${line}`),
    '',
  ].join('\n')
}
