import { AppError } from '@/core/errors.ts'

/** How far a viewer has seen each run: run id to write sequence. Travels as `run:seq,run:seq`. */
export type Cursor = Map<string, number>

export const formatCursor = (cursor: Iterable<readonly [string, number]>): string =>
  Array.from(cursor, ([run, seq]) => `${run}:${seq}`).join(',')

/** @throws AppError INVALID_PARAMETER_VALUE for what no stream gave */
export function parseCursor(text: string): Cursor {
  const cursor: Cursor = new Map()
  if (text === '') return cursor
  for (const part of text.split(',')) {
    const match = /^([0-9a-f]{32}):(\d{1,15})$/.exec(part)
    if (match?.[1] === undefined || match[2] === undefined) {
      throw new AppError(
        'INVALID_PARAMETER_VALUE',
        `The cursor is not understood at "${part.slice(0, 60)}": it is run:seq,run:seq, as the stream gave it.`,
      )
    }
    cursor.set(match[1], Number(match[2]))
  }
  return cursor
}
