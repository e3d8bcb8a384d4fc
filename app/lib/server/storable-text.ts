import { AppError } from '@/core/errors.ts'

/** NUL, which PostgreSQL has no place for in text, and half a surrogate pair, which is no character. */
const UNSTORABLE = /\u0000|\p{Surrogate}/u

/**
 * Refuses text that cannot be stored, wherever in a request it stands: without this, the database would refuse it in the
 * middle of the work.
 * @throws AppError INVALID_PARAMETER_VALUE with the name of the field
 */
export function requireStorableText(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string') {
    if (UNSTORABLE.test(value)) refuse(path)
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => requireStorableText(item, [...path, String(index)]))
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (UNSTORABLE.test(key)) refuse(path)
      requireStorableText(item, [...path, key])
    }
  }
}

function refuse(path: readonly string[]): never {
  const field = path.join('.')
  const message = 'holds a NUL or half a surrogate pair, which no text can hold'
  throw new AppError('INVALID_PARAMETER_VALUE', `${field === '' ? 'The request' : field} ${message}.`, {
    details: { fields: { [field]: message } },
  })
}
