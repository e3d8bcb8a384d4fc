import { spawn } from 'node:child_process'
import { AppError, systemCode } from '../../core/errors.ts'

export const isArchive = (path: string): boolean => path.endsWith('.tar')

/** Runs the system's tar. @throws AppError with what it says, or INTERNAL_ERROR where there is none */
export async function tar(args: readonly string[]): Promise<void> {
  const child = spawn('tar', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        systemCode(cause) === 'ENOENT'
          ? new AppError('NOT_IMPLEMENTED', 'This machine has no `tar`: name a folder instead of a .tar file.', { cause })
          : cause,
      )
    })
    child.once('exit', resolve)
  })
  if (status === 0) return
  const reason = said.trim().split('\n')[0] ?? `status ${status}`
  if (/No space left/.test(said))
    throw new AppError('INSUFFICIENT_STORAGE', `The disk is full (${reason}). Free some space, then try again.`)
  throw new AppError('BAD_REQUEST', `The archive could not be read or written: ${reason}`)
}
