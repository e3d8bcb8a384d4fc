import { parseArgs } from 'node:util'
import { AppError } from '../core/errors.ts'
import type { Command, Input, OptionTable } from './command.ts'

export type Parsed =
  | { kind: 'run'; command: Command; input: Input<OptionTable> }
  | { kind: 'help'; command: Command | undefined; group: string | undefined }
  | { kind: 'version' }

/**
 * What a command line asks for.
 * @param argv without node and script
 * @throws AppError BAD_REQUEST (exit status 2) that names what is not understood, and the nearest there is
 */
export function parseCommandLine(commands: readonly Command[], argv: readonly string[]): Parsed {
  const [first, second] = argv
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const topic = first === 'help' ? argv.slice(1) : []
    return { kind: 'help', command: commands.find((command) => command.name === topic.join(' ')), group: groupOf(commands, topic[0]) }
  }
  if (first === '--version' || first === '-v') return { kind: 'version' }
  const command = commands.find(({ name }) => name === first) ?? commands.find(({ name }) => name === `${first} ${second ?? ''}`)
  if (command === undefined) return withoutCommand(commands, first, second)
  const rest = argv.slice(command.name.split(' ').length)
  // `serve --help` is about karyon's command even where the rest is another program's.
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help', command, group: undefined }
  if (command.passesOn === true)
    return { kind: 'run', command, input: { options: {}, positionals: [...rest], json: rest.includes('--json') } }
  return { kind: 'run', command, input: parseInput(command, rest) }
}

function withoutCommand(commands: readonly Command[], first: string, second: string | undefined): Parsed {
  const group = groupOf(commands, first)
  if (group !== undefined && (second === undefined || second === '--help' || second === '-h'))
    return { kind: 'help', command: undefined, group }
  const names = commands.map(({ name }) => name)
  const both = `${first} ${second ?? ''}`.trim()
  const asked = group === undefined ? first : both
  const close = nearest(both, names) ?? nearest(first, [...names, ...groupsOf(commands)])
  throw new AppError(
    'BAD_REQUEST',
    `There is no command "karyon ${asked}".${close === undefined ? '' : ` Did you mean "karyon ${close}"?`} \`karyon --help\` lists all.`,
  )
}

function parseInput(command: Command, rest: readonly string[]): Input<OptionTable> {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  )
  if (command.printsData) options['json'] = { type: 'boolean' }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw wrongOption(command, options, cause)
  }
  const { positionals, values } = parsed
  if (positionals.length < command.least) throw new AppError('BAD_REQUEST', `Too little said: ${usageLine(command)}`)
  if (positionals.length > command.most) {
    throw new AppError('BAD_REQUEST', `"${positionals[command.most] ?? ''}" is one too many: ${usageLine(command)}`)
  }
  const { json, ...given } = values
  return { options: given as Input<OptionTable>['options'], positionals, json: json === true }
}

function wrongOption(command: Command, options: Record<string, unknown>, cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const unknown = /^Unknown option '-{1,2}([^']+)'/.exec(message)?.[1]
  if (unknown === undefined)
    return new AppError('BAD_REQUEST', `${message.split('. To specify')[0]?.replace(/\.$/, '')}. ${usageLine(command)}`, { cause })
  const close = nearest(unknown, Object.keys(options))
  const dashes = unknown.length === 1 ? '-' : '--'
  return new AppError(
    'BAD_REQUEST',
    `\`karyon ${command.name}\` has no option ${dashes}${unknown}.${close === undefined ? '' : ` Did you mean --${close}?`} \`karyon ${command.name} --help\` lists them.`,
    { cause },
  )
}

export const usageLine = (command: Command): string =>
  `karyon ${[command.name, command.usage, Object.keys(command.options).length > 0 ? '[options]' : ''].filter(Boolean).join(' ')}`

export const groupsOf = (commands: readonly Command[]): string[] => [
  ...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0] ?? ''] : []))),
]

function groupOf(commands: readonly Command[], word: string | undefined): string | undefined {
  return word !== undefined && groupsOf(commands).includes(word) ? word : undefined
}

/** The most alike of some words, when it is alike at all: at most a third of its letters differ. */
export function nearest(word: string, among: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of among) {
    const distance = candidate.startsWith(word) && word.length >= 2 ? 0.5 : editDistance(word, candidate)
    if (best === undefined || distance < best.distance) best = { candidate, distance }
  }
  return best !== undefined && best.distance <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined
}

/** Letters to insert, delete, replace, or to swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] ?? []
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}
