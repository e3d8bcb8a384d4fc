import { AppError } from '../errors.ts'

export const isHexId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** @throws AppError INVALID_PARAMETER_VALUE where the text is no id at all; what it should name is said as `what`. */
export function requireHexId(text: string, what: string): string {
  if (!isHexId(text)) {
    throw new AppError('INVALID_PARAMETER_VALUE', `"${text.slice(0, 80)}" is not the id of a ${what}: ids are 32 hex digits.`)
  }
  return text
}
