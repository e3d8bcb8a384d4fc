import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Locks between processes of one machine. A lock is an abstract Unix socket that its holder listens on: the kernel
 * gives it to one process and takes it back however that process ends, so there is no stale lock to tell from a held
 * one (a file with a pid in it needs exactly that, and two waiters may both think it stale).
 * @param {string} what the folder or thing that is locked
 * @returns {Promise<(() => Promise<void>) | undefined>} the release, or undefined when another process holds it
 */
export function tryLock(what) {
  const name = `\0karyon-${createHash('sha256').update(what).digest('hex').slice(0, 32)}`
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(name, () => {
      // A lock alone is no reason to keep a process alive.
      server.unref()
      resolve(() => new Promise((released) => server.close(() => released())))
    })
  })
}

/** Waits for the lock, calling `onWait` once when another process holds it. */
export async function lock(what, onWait = () => {}) {
  for (let waited = false; ; waited = true) {
    const release = await tryLock(what)
    if (release !== undefined) return release
    if (!waited) onWait()
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
