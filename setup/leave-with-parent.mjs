import { isMainThread } from 'node:worker_threads'

// Loaded by `--import` into every part that the launcher starts. The IPC channel breaks however the launcher ends, also
// by SIGKILL: then this process asks itself to end, as Ctrl-C would have, and insists after a while.
const PATIENCE_MS = 8000

if (isMainThread && process.connected) {
  process.channel?.unref()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), PATIENCE_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
}
