import { z } from 'zod'
import { AppError } from '../core/errors.ts'

/** The alias that serving answers with when none is named. */
export const CHAMPION = 'champion'

export const modelNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/,
    'begins with a letter or digit and holds only letters, digits, ".", "_" and "-" (at most 250)',
  )

export const aliasSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,249}$/, 'begins with a small letter and holds only small letters, digits, "_" and "-"')
  .refine((alias) => alias !== 'latest', '"latest" is taken: it would mean the newest version')
  .refine((alias) => !/^v[0-9]+$/.test(alias), 'must not look like a version number')

export const reasonSchema = z.string().trim().min(1, 'say why, for those who read the history later').max(8000)

/** @throws AppError INVALID_PARAMETER_VALUE that names the field, what was given and the rule */
export function parseField<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const given = typeof value === 'string' ? ` ${JSON.stringify(value.slice(0, 80))}` : ''
  throw new AppError('INVALID_PARAMETER_VALUE', `The ${field}${given} is not possible: ${result.error.issues[0]?.message ?? 'invalid'}.`, {
    details: { fields: { [field]: result.error.issues[0]?.message ?? 'invalid' } },
  })
}

/** A version as people write it: `3` or `"3"`. @throws AppError INVALID_PARAMETER_VALUE */
export function parseVersion(version: string | number): number {
  const text = String(version)
  const number = Number(text)
  if (!/^[1-9][0-9]{0,8}$/.test(text) || !Number.isSafeInteger(number)) {
    throw new AppError('INVALID_PARAMETER_VALUE', `${JSON.stringify(text.slice(0, 40))} is no version: versions are 1, 2, 3, ..`)
  }
  return number
}
