import { expect, test } from 'vitest'
import { commands } from '../../cli/commands.ts'
import { commandHelp, overview } from '../../cli/help.ts'
import { nearest, parseCommandLine } from '../../cli/parse-command.ts'
import { table } from '../../cli/output.ts'

const parse = (...argv: string[]): ReturnType<typeof parseCommandLine> => parseCommandLine(commands, argv)
const refusal = (...argv: string[]): { code: string; message: string } => {
  try {
    parse(...argv)
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error(`${argv.join(' ')} was accepted`)
}

test('commands of one and of two words are found, with their options and arguments', () => {
  expect(parse('serve', '--port', '4001')).toMatchObject({
    kind: 'run',
    command: { name: 'serve' },
    input: { options: { port: '4001' }, positionals: [] },
  })
  expect(parse('model', 'promote', 'nuclei', '3', '-r', 'better', '--json')).toMatchObject({
    kind: 'run',
    command: { name: 'model promote' },
    input: { options: { reason: 'better' }, positionals: ['nuclei', '3'], json: true },
  })
  expect(parse('predict', 'nuclei', 'a.png', 'b.png', '-o', 'out', '--format=labels,csv')).toMatchObject({
    input: { options: { out: 'out', format: 'labels,csv' }, positionals: ['nuclei', 'a.png', 'b.png'], json: false },
  })
  expect(parse('run', 'list', '--order-by', 'a', '--order-by', 'b')).toMatchObject({ input: { options: { 'order-by': ['a', 'b'] } } })
})

test('what belongs to the program that is started is passed on as it is', () => {
  expect(parse('up', '--port', '4000', '--home', '/x')).toMatchObject({
    command: { name: 'up' },
    input: { positionals: ['--port', '4000', '--home', '/x'] },
  })
})

test('help is asked for in every usual way', () => {
  expect(parse()).toEqual({ kind: 'help', command: undefined, group: undefined })
  expect(parse('--help')).toMatchObject({ kind: 'help' })
  expect(parse('model')).toEqual({ kind: 'help', command: undefined, group: 'model' })
  expect(parse('model', '--help')).toMatchObject({ kind: 'help', group: 'model' })
  expect(parse('model', 'promote', '--help')).toMatchObject({ kind: 'help', command: { name: 'model promote' } })
  expect(parse('help', 'model', 'promote')).toMatchObject({ kind: 'help', command: { name: 'model promote' } })
  expect(parse('serve', '-h')).toMatchObject({ kind: 'help', command: { name: 'serve' } })
  expect(parse('--version')).toEqual({ kind: 'version' })
})

test.each([
  [['modle', 'list'], 'model list'],
  [['run', 'lst'], 'run list'],
  [['dataset', 'imprt', 'x'], 'dataset import'],
  [['servee'], 'serve'],
  [['doctr'], 'doctor'],
])('%j is refused, and the nearest command named', (argv, wanted) => {
  expect(refusal(...argv)).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining(`Did you mean "karyon ${wanted}"?`) })
})

test('what is like nothing is refused without a guess', () => {
  expect(refusal('frobnicate').message).not.toMatch(/Did you mean/)
})

test('wrong options and arguments are named, with the nearest or the usage', () => {
  expect(refusal('run', 'list', '--fitler', 'x').message).toMatch(/no option --fitler\. Did you mean --filter/)
  expect(refusal('model', 'promote', 'nuclei').message).toMatch(/karyon model promote NAME VERSION/)
  expect(refusal('model', 'rollback', 'nuclei', 'extra').message).toMatch(/"extra" is one too many/)
  expect(refusal('run', 'list', '--filter').message).toMatch(/--filter/)
  expect(refusal('serve', '--json').message).toMatch(/no option --json/)
})

test('the nearest word counts swapped letters as one mistake, and beginnings as none', () => {
  expect(nearest('lsit', ['list', 'show'])).toBe('list')
  expect(nearest('thresh', ['threshold', 'channel'])).toBe('threshold')
  expect(nearest('xyz', ['list', 'show'])).toBeUndefined()
})

test('every command is in the overview, and has a help with an example that it understands itself', () => {
  const all = overview(commands)
  for (const command of commands) {
    expect(all).toContain(`  ${command.name} `)
    const help = commandHelp(command)
    expect(help).toContain('Usage: karyon ' + command.name)
    const [line] = command.example.split('\n')
    const words = (line ?? '').replace(/^(?:\S+=\S+ )?karyon /, '').match(/"(?:\\"|[^"])*"|'[^']*'|\S+/g) ?? []
    expect(parse(...words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))), line).toMatchObject({
      kind: 'run',
      command: { name: command.name },
    })
  }
})

test('tables align, numbers to the right', () => {
  expect(
    table(
      ['A', 'COUNT'],
      [
        ['x', 5],
        ['longer', 12],
        ['y', null],
      ],
    ),
  ).toBe(['A       COUNT', 'x           5', 'longer     12', 'y           -'].join('\n'))
})
