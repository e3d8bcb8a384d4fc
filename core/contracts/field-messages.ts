import type { z } from 'zod'

/** The first message of every field, by its path (`parameters.learning_rate.min`; empty for the whole). */
export function fieldMessages(issues: readonly z.core.$ZodIssue[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) fields[[...issue.path, key].join('.')] ??= 'there is no such key'
    } else fields[issue.path.join('.')] ??= issue.message
  }
  return fields
}
