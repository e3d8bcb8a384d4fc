import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { end, isAlive } from './processes.mjs'

/**
 * `<home>/run/NAME.json`: which processes belong to this home, each by pid and start, so that the next start can end
 * what a killed launcher left. Any part may add records of its own children.
 */
export function recordProcess(home, name, process, details = {}) {
  const folder = join(home, 'run')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  writeFileSync(`${path}.new`, `${JSON.stringify({ ...process, ...details })}\n`)
  renameSync(`${path}.new`, path)
}

export function forgetProcess(home, name) {
  rmSync(join(home, 'run', `${name}.json`), { force: true })
}

/** A record whose process lives, or undefined. */
export function readRecord(home, name) {
  try {
    const record = JSON.parse(readFileSync(join(home, 'run', `${name}.json`), 'utf8'))
    return isAlive(record) ? record : undefined
  } catch {
    return undefined
  }
}

/** Ends every recorded process that still lives and forgets all of them. Returns the names of those ended. */
export async function reapLeftovers(home) {
  const folder = join(home, 'run')
  mkdirSync(folder, { recursive: true })
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
  const reaped = []
  await Promise.all(
    names.map(async (name) => {
      const left = readRecord(home, name)
      if (left !== undefined) {
        reaped.push(name)
        await end(left)
      }
      forgetProcess(home, name)
    }),
  )
  return reaped
}
