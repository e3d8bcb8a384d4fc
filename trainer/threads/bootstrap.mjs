// Node 20 gives a worker thread none of its parent's loaders: TypeScript is registered again, then the thread begins.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.script)
