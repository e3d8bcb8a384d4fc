import { sweepSpecSchema } from '@/core/contracts/sweep-spec.ts'

/** Message by field, `parameters.learning_rate.min`; '' is the whole. */
export type FieldErrors = Readonly<Record<string, string>>

/** The parts of a zod issue that are read here. */
interface Issue {
  code?: string
  path: PropertyKey[]
  message: string
  keys?: string[]
  errors?: Issue[][]
}

/** What is wrong with a sweep, by the same schema that the server uses. */
export function validateSweep(spec: unknown): FieldErrors {
  const result = sweepSpecSchema.safeParse(spec)
  const errors: Record<string, string> = {}
  if (result.success) return errors
  for (const issue of result.error.issues as Issue[]) collect(issue, [], spec, errors)
  return errors
}

function collect(issue: Issue, prefix: PropertyKey[], spec: unknown, errors: Record<string, string>): void {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors !== undefined) {
    // Fixed, list or range: the complaints of the one that was meant, not of all three.
    const branch = issue.errors[meantBranch(at(spec, path))]
    if (branch !== undefined && branch.length > 0) {
      for (const inner of branch) collect(inner, path, spec, errors)
      return
    }
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys ?? []) errors[[...path, key].map(String).join('.')] ??= 'there is no such key'
    return
  }
  errors[path.map(String).join('.')] ??= readable(issue.message)
}

function meantBranch(space: unknown): number {
  if (typeof space !== 'object' || space === null) return 0
  return 'values' in space ? 1 : 'min' in space || 'max' in space || 'distribution' in space ? 2 : 0
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}

/** zod's wording in the form's. */
function readable(message: string): string {
  const expected = /^Invalid input: expected (\w+), received (\w+)$/.exec(message)
  if (expected === null) return message
  const [, wanted, got] = expected
  const what =
    wanted === 'number' ? 'a number' : wanted === 'string' ? 'text' : wanted === 'int' ? 'a whole number' : `${wanted ?? 'something else'}`
  return got === 'undefined' ? `needs ${what}` : `must be ${what}`
}

/** The first message of a field or of what lies below it. */
export function errorAt(errors: FieldErrors, field: string): string | undefined {
  const hit = Object.keys(errors).find((path) => path === field || path.startsWith(`${field}.`))
  return hit === undefined ? undefined : errors[hit]
}
