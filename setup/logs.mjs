import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const LIMIT_BYTES = 10e6
const KEPT = 3

/** The folder of the logs, made when it is not there. */
export function logFolder(home) {
  const folder = join(home, 'logs')
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Rotates what has grown past the limit: NAME.log becomes NAME.log.1 and so on. By copy and truncation, because the
 * writers hold the file open (in append mode, so that they go on at its new end).
 */
export function rotateLogs(folder, limit = LIMIT_BYTES) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const path = join(folder, name)
    if (statSync(path).size <= limit) continue
    for (let n = KEPT - 1; n >= 1; n--) {
      if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`)
    }
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  }
}

/** The last lines of a log, for an error message. */
export function lastLines(path, count = 15) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
