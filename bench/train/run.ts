import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment, env, keepingAllocator } from '../../core/env.ts'
import { AppError, toAppError } from '../../core/errors.ts'
import { describeAgreement, lossAgreement, probabilityAgreement, requireAgreement } from './agreement.ts'
import type { Agreement } from './agreement.ts'
import { CASES, SIDES } from './cases.ts'
import type { CaseName, Measurement, Side } from './cases.ts'
import { USAGE, readOptions } from './options.ts'
import type { Options } from './options.ts'
import { pythonEnvironment } from './python-environment.ts'
import type { PythonEnvironment } from './python-environment.ts'
import { compare, fasterPeer, json, median, remarks, summarise, table } from './report.ts'
import type { Run } from './report.ts'
import { TooSlow, runProgram } from './run-program.ts'

/** Keras's compiler is given so many times what Keras took without it, and at least so long. */
const GIVE_UP = 4
const LEAST_LIMIT_MS = 120_000

/**
 * Times a training step and a prediction beside Keras: same network, same parameters, same batches, by turns, every run
 * in a process of its own. The order changes from round to round, so that a machine that warms up or is shared favours nobody.
 */
async function main(options: Options): Promise<void> {
  const python = await pythonEnvironment(log)
  const home = join(env().home, 'bench')
  await mkdir(home, { recursive: true })
  const folder = await mkdtemp(join(home, 'train-'))
  const clean = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clean)
  try {
    log(`writing batches of ${options.data} and the starting parameters`)
    await node('Preparing the inputs', 'prepare-inputs.ts', { data: options.data, weights: options.weights, folder })
    const runs: Run[] = []
    const agreements: Agreement[] = []
    for (const name of options.cases) {
      const first = await measureFirstRound(python, folder, name, options)
      agreements.push(...(await agree(first, folder, name)))
      runs.push(...first)
      const sides: Side[] = ['karyon', fasterPeer(first)]
      for (let round = 1; round < options.rounds; round++) {
        for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
          runs.push(await measure(python, folder, { case: name, side, round }, options))
        }
      }
    }
    const summaries = summarise(runs)
    const comparisons = compare(runs)
    process.stdout.write(`\n${cpus()[0]?.model ?? 'processor'}, ${availableParallelism()} threads, batch 16 of 128 x 128\n\n`)
    process.stdout.write(`${table(summaries, comparisons)}\n\n`)
    for (const line of remarks(runs)) process.stdout.write(`${line}\n`)
    if (options.json !== undefined) await writeFile(options.json, json(runs, summaries, comparisons, agreements))
  } finally {
    clean()
  }
}

/** All sides once; of Keras's two ways only the faster is run again. */
async function measureFirstRound(python: PythonEnvironment, folder: string, name: CaseName, options: Options): Promise<Run[]> {
  const runs: Run[] = []
  let limitMs: number | undefined
  // Whole epochs would take minutes compiled, and the step alone tells already that it is slower.
  for (const side of SIDES.filter((each) => CASES[name].epochs === 0 || each !== 'keras-xla')) {
    const started = Date.now()
    try {
      runs.push(await measure(python, folder, { case: name, side, round: 0 }, options, limitMs))
    } catch (thrown) {
      if (!(thrown instanceof TooSlow)) throw thrown
      log(`${CASES[name].title}, ${side}: given up after ${Math.round((Date.now() - started) / 1000)} s, far slower than keras`)
    }
    // Compiled for the processor, gradients of depthwise convolutions can take minutes a step.
    if (side === 'keras') limitMs = Math.max(LEAST_LIMIT_MS, (Date.now() - started) * GIVE_UP)
  }
  return runs
}

async function measure(
  python: PythonEnvironment,
  folder: string,
  run: Omit<Run, 'measurement'>,
  { steps, rounds }: Options,
  limitMs?: number,
): Promise<Run> {
  const { case: name, side, round } = run
  const output = outputOf(folder, name, side)
  const argument = { inputs: folder, case: name, steps, output }
  if (side === 'karyon') await node('Karyon’s side', 'karyon-side.ts', argument)
  else {
    const args = [join(import.meta.dirname, 'keras_side.py'), JSON.stringify({ ...argument, xla: side === 'keras-xla' })]
    await runProgram('Keras’s side', python.program, args, python.variables, limitMs)
  }
  const measurement = JSON.parse(await readFile(output, 'utf8')) as Measurement
  const milliseconds = (median(measurement.seconds) * 1000).toFixed(0)
  log(`${CASES[name].title}, round ${round + 1} of ${rounds}, ${side}: ${milliseconds} ms`)
  return { ...run, measurement }
}

/** Tells how close the results are. @throws AppError when they are not */
async function agree(first: readonly Run[], folder: string, name: CaseName): Promise<Agreement[]> {
  const karyon = first.find((run) => run.side === 'karyon')!.measurement
  const agreements: Agreement[] = []
  for (const { side, measurement } of first.filter((run) => run.side !== 'karyon')) {
    const file = (of: Side): string => `${outputOf(folder, name, of)}.probabilities`
    const agreement =
      name === 'predict'
        ? await probabilityAgreement(name, side, file('karyon'), file(side))
        : lossAgreement(name, side, karyon, measurement)
    log(describeAgreement(agreement))
    requireAgreement(agreement)
    agreements.push(agreement)
  }
  return agreements
}

function outputOf(folder: string, name: CaseName, side: Side): string {
  return join(folder, `${name}-${side}.json`)
}

/** As a trainer starts its children, on the processor on both sides: Keras's wheel knows no GPU. */
function node(what: string, script: string, argument: unknown): Promise<string> {
  const args = ['--import', fileURLToPath(import.meta.resolve('tsx')), join(import.meta.dirname, script), JSON.stringify(argument)]
  return runProgram(what, process.execPath, args, childEnvironment({ ...keepingAllocator(), KARYON_DEVICE: 'cpu' }))
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

// Leaving ends the child that is being timed and removes the inputs.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(USAGE)
  else await main(options)
} catch (thrown) {
  process.stderr.write(
    `\nError: ${thrown instanceof AppError ? thrown.message : thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
  )
  process.exitCode = toAppError(thrown).exitStatus
}
