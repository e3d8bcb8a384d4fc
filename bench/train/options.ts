import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../core/errors.ts'
import { env } from '../../core/env.ts'
import { CASE_NAMES } from './cases.ts'
import type { CaseName } from './cases.ts'

export const USAGE = `Usage: npm run bench:train -- --data ZIP_OR_FOLDER [--weights DIR] [--quick] [--json FILE]

  --data PATH      images with their masks, in any layout that Karyon imports
  --weights DIR    folder that holds mobilenet_v2_1.0_no_top/ (KARYON_PRETRAINED_DIR, else downloaded once)
  --rounds N       how often each side is run (5); its order changes from round to round
  --steps N        timed steps a run (30)
  --case NAME      ${CASE_NAMES.join(', ')}; may be given several times (all)
  --quick          one round of 10 steps: a check that all works, no measurement
  --json FILE      also writes all that was measured
`

export interface Options {
  data: string
  weights: string | undefined
  rounds: number
  steps: number
  cases: CaseName[]
  json: string | undefined
}

/** @throws AppError INVALID_PARAMETER_VALUE naming the option */
export function readOptions(argv: string[]): Options | 'help' {
  const { values } = parse(argv)
  if (values.help === true) return 'help'
  if (values.data === undefined) throw bad('--data is missing: name a folder or a zip file of images with masks.')
  const weights = values.weights === undefined ? env().pretrainedDir : resolve(values.weights)
  return {
    data: resolve(values.data),
    weights,
    rounds: count('--rounds', values.rounds, values.quick === true ? 1 : 5),
    steps: count('--steps', values.steps, values.quick === true ? 10 : 30),
    cases: (values.case ?? CASE_NAMES).map(toCase),
    json: values.json === undefined ? undefined : resolve(values.json),
  }
}

function parse(argv: string[]): { values: Partial<Record<'data' | 'weights' | 'rounds' | 'steps' | 'json', string>> & Rest } {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: argv,
      options: {
        data: text,
        weights: text,
        rounds: text,
        steps: text,
        json: text,
        case: { type: 'string', multiple: true },
        quick: flag,
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

interface Rest {
  case?: string[]
  quick?: boolean
  help?: boolean
}

function count(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!Number.isInteger(value) || value < 1) throw bad(`${name} is ${text}; it must be a whole number from 1.`)
  return value
}

function toCase(name: string): CaseName {
  const found = CASE_NAMES.find((each) => each === name)
  if (found === undefined) throw bad(`--case is ${name}; it must be one of ${CASE_NAMES.join(', ')}.`)
  return found
}

function bad(message: string, cause?: unknown): AppError {
  return new AppError('INVALID_PARAMETER_VALUE', `${message}\n\n${USAGE}`, { cause })
}
