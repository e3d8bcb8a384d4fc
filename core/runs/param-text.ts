/** A parameter as the table keeps it: JSON text for Karyon's own runs, so that numbers stay numbers; plain text for foreign clients. */
export type ParamValue = number | string | boolean

export const paramToText = (value: ParamValue): string => JSON.stringify(value)

export function paramFromText(text: string, source: 'karyon' | 'external'): ParamValue {
  if (source === 'external') return text
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  } catch {
    // Not written by Karyon's own code: shown as it stands.
  }
  return text
}
