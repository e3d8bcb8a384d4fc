/** Whether a key pressed there belongs to the field: arrows choose an option or move the cursor. */
export const isForControl = (target: unknown): boolean =>
  ['INPUT', 'SELECT', 'TEXTAREA'].includes((target as { tagName?: string } | null)?.tagName ?? '')
