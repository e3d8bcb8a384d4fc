import { readFileSync } from 'node:fs'

/**
 * A process is named by its pid and its start: pids come round again, and after a reboot so do start ticks, hence the
 * boot id.
 * @typedef {{ pid: number, start: string }} ProcessName
 */

/** @returns {ProcessName | undefined} undefined when it is gone (a zombie is: it only waits to be collected) */
export function nameProcess(pid) {
  let stat
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The program's name is in parentheses and may itself hold spaces and parentheses; fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return { pid, start: `${bootId()}:${fields[19]}` }
}

/** Whether that very process still runs. */
export function isAlive(name) {
  return name !== undefined && nameProcess(name.pid)?.start === name.start
}

/** Sends a signal to that very process and no other. Returns whether it was there. */
export function signal(name, signalName) {
  if (!isAlive(name)) return false
  try {
    process.kill(name.pid, signalName)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

/** Resolves to true as soon as the process is gone, to false after `timeoutMs`. */
export async function waitForEnd(name, timeoutMs) {
  const until = Date.now() + timeoutMs
  while (isAlive(name)) {
    if (Date.now() >= until) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

/** Asks a process to end, and makes it after `patienceMs`. */
export async function end(name, { patienceMs = 8000, signalName = 'SIGTERM' } = {}) {
  if (!signal(name, signalName)) return
  if (await waitForEnd(name, patienceMs)) return
  signal(name, 'SIGKILL')
  await waitForEnd(name, 5000)
}

let boot
function bootId() {
  return (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
}
