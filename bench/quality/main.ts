import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { childEnvironment, env, keepingAllocator } from '../../core/env.ts'
import { AppError } from '../../core/errors.ts'
import { CONFIGURATIONS } from './configurations.ts'
import { printOutcomes } from './table.ts'
import type { Outcome } from './train-one.ts'

const USAGE = `npm run bench:quality -- --data ZIP_OR_FOLDER [--configurations a,b] [--seeds 0,1,2] [--set name=value ..] [--reveal-test]

Trains named configurations on grouped splits of the dataset, one process a run, one after the other, and prints what each
reached on the validation side (on the test side too when asked: once, at the end, for the configuration that was chosen).

  --configurations  ${Object.keys(CONFIGURATIONS).join(', ')}
  --set             a run parameter to change in all of them, e.g. epochs=2; may be repeated
  --json FILE       everything that was measured
`

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    configurations: { type: 'string', default: 'defaults' },
    seeds: { type: 'string', default: '0,1,2' },
    set: { type: 'string', multiple: true, default: [] },
    'reveal-test': { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (options.help || options.data === undefined) {
  process.stdout.write(USAGE)
  process.exit(options.help ? 0 : 2)
}

const folder = join(env().home, 'bench', 'quality')
await mkdir(folder, { recursive: true })
const outcomes: Outcome[] = []
for (const configuration of options.configurations.split(',')) {
  for (const seed of options.seeds.split(',')) {
    process.stderr.write(`${configuration}, split and seed ${seed}\n`)
    const out = join(folder, `${configuration}-${seed}.json`)
    await trainOne([
      ...['--configuration', configuration, '--seed', seed, '--data', options.data, '--cache', folder, '--out', out],
      ...options.set.flatMap((change) => ['--set', change]),
      ...(options['reveal-test'] ? ['--reveal-test'] : []),
    ])
    outcomes.push(JSON.parse(await readFile(out, 'utf8')) as Outcome)
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(outcomes, null, 1))
    process.stdout.write(`\n${printOutcomes(outcomes)}\n`)
  }
}

/** A process of its own for every run, as a trainer starts it: its memory is its own, and one that fails is told apart. */
async function trainOne(argv: string[]): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('./train-one.ts', import.meta.url)), ...argv], {
    stdio: 'inherit',
    env: childEnvironment(keepingAllocator()),
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  if (code !== 0) throw new AppError('INTERNAL_ERROR', `The run ended with status ${code ?? 'of a signal'}; what it said stands above.`)
}
