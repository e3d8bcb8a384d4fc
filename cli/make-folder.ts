import { mkdir } from 'node:fs/promises'
import { AppError, systemCode } from '../core/errors.ts'

/** What the system says of a place where no folder can be made. */
const REASONS = new Map([
  ['EEXIST', 'a file of that name is there'],
  ['ENOTDIR', 'a part of that path is a file'],
  ['EPERM', 'the system does not permit it'],
  ['EACCES', 'this user may not'],
  ['EROFS', 'its disk can only be read'],
])

/** Makes the folder that a command is to write into, if it is not there. @throws AppError BAD_REQUEST with the reason */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (cause) {
    const reason = REASONS.get(systemCode(cause) ?? '')
    if (reason === undefined) throw cause
    throw new AppError('BAD_REQUEST', `The folder ${path} cannot be made: ${reason}. Name another one.`, { cause })
  }
}
