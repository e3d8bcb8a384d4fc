import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { SetupError } from './failure.mjs'
import { formatBytes } from './steps.mjs'

/** Free bytes on the file system that holds `folder` (or will). */
export function freeBytes(folder) {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at)
      return bavail * bsize
    } catch (error) {
      if (error.code !== 'ENOENT' || dirname(at) === at) throw error
    }
  }
}

/** @throws SetupError naming the folder, what is needed and what is free */
export function requireSpace(folder, bytes, purpose) {
  const free = freeBytes(folder)
  if (free >= bytes) return
  throw new SetupError(
    `Not enough disk space for ${purpose}: ${folder} has ${formatBytes(free)} free, ${formatBytes(bytes)} are needed.`,
    'Free some space there, or set KARYON_CACHE and KARYON_HOME to folders on a larger disk.',
    { exitStatus: 7 },
  )
}
