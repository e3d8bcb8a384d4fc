// Node 20 gives a worker thread none of its parent's loaders: TypeScript is registered again, then the thread begins.
import { register } from 'tsx/esm/api'

register()
await import('./serve-writer.ts')
