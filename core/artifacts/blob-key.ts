import { createHash } from 'node:crypto'

/** Content-addressed key: equal bytes are stored once. `blobs/ab/cdef....png` */
export function blobKey(bytes: Uint8Array, extension: string): string {
  const hash = createHash('sha256').update(bytes).digest('hex')
  return `blobs/${hash.slice(0, 2)}/${hash.slice(2)}.${extension}`
}
