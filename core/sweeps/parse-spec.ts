import { fieldMessages } from '../contracts/field-messages.ts'
import { type SweepSpec, sweepSpecSchema } from '../contracts/sweep-spec.ts'
import { AppError } from '../errors.ts'

/** @throws AppError INVALID_PARAMETER_VALUE; `details.fields` holds a message a field (`parameters.learning_rate.min`) */
export function parseSweepSpec(input: unknown): SweepSpec {
  const result = sweepSpecSchema.safeParse(input)
  if (result.success) return result.data
  const fields = fieldMessages(result.error.issues)
  const [first] = Object.entries(fields)
  const more = Object.keys(fields).length - 1
  const message =
    first === undefined
      ? 'The sweep is not understood.'
      : `${first[0] === '' ? 'The sweep' : first[0]}: ${first[1]}${more > 0 ? ` (and ${more} more)` : ''}.`
  throw new AppError('INVALID_PARAMETER_VALUE', message, { details: { fields } })
}
