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
    const space = at(spec, path)
    if (typeof space !== 'object' || space === null) {
      errors[path.map(String).join('.')] ??= `write {value: ${String(space)}}, {values: [..]} or {min: .., max: ..}`
      return
    }
    // Fixed, list or range: the complaints of the one that was meant, not of all three.
    const branch = issue.errors[meantBranch(space)]
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

function meantBranch(space: object): number {
  return 'values' in space ? 1 : 'min' in space || 'max' in space || 'distribution' in space ? 2 : 0
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}

/** zod's wording in the form's. */
const WORDING: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [/Invalid input: expected (\w+), received undefined/, (m) => `needs ${kindOf(m[1])}`],
  [/Invalid input: expected (\w+), received \w+/, (m) => `must be ${kindOf(m[1])}`],
  [/Too small: expected \w+ to be >=(\S+)/, (m) => `must be ${m[1] ?? ''} or more`],
  [/Too small: expected \w+ to be >(\S+)/, (m) => `must be above ${m[1] ?? ''}`],
  [/Too big: expected \w+ to be <=(\S+)/, (m) => `must be ${m[1] ?? ''} or less`],
  [/Invalid number: must be a multiple of (\S+)/, (m) => `must be a multiple of ${m[1] ?? ''}`],
  [/Invalid input$/, () => 'it is none of the choices'],
  [/Invalid option: expected one of (.+)/, (m) => `must be one of ${(m[1] ?? '').replaceAll('"', '').replaceAll('|', ', ')}`],
]

const KINDS: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  record: 'names with values',
  object: 'names with values',
}
const kindOf = (kind: string | undefined): string => KINDS[kind ?? ''] ?? kind ?? 'something else'

function readable(message: string): string {
  for (const [pattern, write] of WORDING) {
    const match = pattern.exec(message)
    if (match !== null)
      return message.replace(match[0], write(match)).replace(/^(.+) is not possible: must be/, '$1 is not possible: it must be')
  }
  return message
}

/** The first message of a field or of what lies below it. */
export function errorAt(errors: FieldErrors, field: string): string | undefined {
  const hit = Object.keys(errors).find((path) => path === field || path.startsWith(`${field}.`))
  return hit === undefined ? undefined : errors[hit]
}
