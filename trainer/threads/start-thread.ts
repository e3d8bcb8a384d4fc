import { Worker, workerData } from 'node:worker_threads'

interface Start {
  script: string
  data: unknown
}

/**
 * A thread that runs a TypeScript file.
 * @param data what `threadData` gives there; memory that is shared stays shared, all else is copied
 */
export function startThread(script: URL, data?: unknown): Worker {
  const start: Start = { script: script.href, data }
  return new Worker(new URL('./bootstrap.mjs', import.meta.url), { workerData: start })
}

/** In the thread: what it was started with. */
export function threadData(): unknown {
  return (workerData as Start).data
}
