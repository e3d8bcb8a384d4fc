import type { SweepSpec } from '../contracts/sweep-spec.ts'
import { AppError } from '../errors.ts'
import { plannedRuns } from './next-points.ts'
import { parseSweepSpec } from './parse-spec.ts'
import { sweepImages } from './sweep-dataset.ts'

export interface SweepValidation {
  valid: boolean
  /** How many runs it would have; null where it is not valid. */
  runs: number | null
  /** What is wrong, by field. */
  fields: Record<string, string>
  /** With its defaults; null where it is not valid. */
  spec: SweepSpec | null
}

/** Whether a sweep could be started, with everything that createSweep would refuse said beside its field. Stores nothing. */
export async function validateSweep(input: unknown): Promise<SweepValidation> {
  try {
    const spec = parseSweepSpec(input)
    const runs = plannedRuns(spec)
    await sweepImages(spec)
    return { valid: true, runs, fields: {}, spec }
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.httpStatus >= 500) throw thrown
    const fields = thrown.details?.fields as Record<string, string> | undefined
    return { valid: false, runs: null, fields: fields ?? { '': thrown.message }, spec: null }
  }
}
