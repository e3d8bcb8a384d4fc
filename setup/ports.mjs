import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** What keeps this address from being listened on (EADDRINUSE, EADDRNOTAVAIL, EACCES), or undefined. */
export function portObstacle(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.code))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** Whether this address can be listened on now. */
export async function isPortFree(port, host) {
  return (await portObstacle(port, host)) === undefined
}

/** `preferred` if it is free, else one below the range from which the system itself hands out ports. */
export async function freePort(preferred) {
  if (preferred !== undefined && preferred > 0 && (await isPortFree(preferred))) return preferred
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await isPortFree(port)) return port
  }
  throw new Error('No free port between 20000 and 32000')
}

/** Which process listens on a port, as far as this user may see, e.g. `node (pid 4711)`. */
export function whoListens(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[3] === '0A' && fields[1]?.endsWith(`:${hex}`)) inodes.add(`socket:[${fields[9]}]`)
    }
  }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) return `${read(`/proc/${pid}/comm`).trim()} (pid ${pid})`
      }
    } catch {
      // Another user's process, or one that just ended.
    }
  }
  return undefined
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
