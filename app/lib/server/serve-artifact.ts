import { Readable } from 'node:stream'
import { artifactStore } from '@/core/artifacts/index.ts'
import { AppError } from '@/core/errors.ts'
import type { StoredArtifact } from '@/core/runs/artifacts.ts'
import { matches } from './immutable.ts'

const TYPES: Record<string, string> = {
  png: 'image/png',
  json: 'application/json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  yaml: 'text/plain; charset=utf-8',
}

/**
 * The bytes of a stored file, streamed, or the one range that was asked for. A key is never written twice, so its address
 * may be kept for good; only a log grows.
 * @throws AppError RESOURCE_DOES_NOT_EXIST where the row is there and the file is not
 */
export async function serveArtifact(request: Request, artifact: StoredArtifact): Promise<Response> {
  const { view, key } = artifact
  const store = artifactStore()
  const size = await store.size(key)
  const etag = `"${view.artifact_id}-${size}"`
  const extension = /\.([a-z0-9]+)$/i.exec(view.name)?.[1]?.toLowerCase() ?? ''
  const headers: Record<string, string> = {
    etag,
    'accept-ranges': 'bytes',
    'content-type': TYPES[extension] ?? 'application/octet-stream',
    'cache-control': view.kind === 'log' ? 'no-cache' : 'private, max-age=31536000, immutable',
    // A file that a foreign client logged must not run as a page of ours.
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': `${TYPES[extension]?.startsWith('image/') === true ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(view.name.split('/').at(-1) ?? 'file')}`,
  }
  if (matches(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const range = parseRange(request.headers.get('range'), size)
  if (range === 'unsatisfiable') {
    throw new AppError('INVALID_PARAMETER_VALUE', `The range is beyond the file's ${size} bytes.`)
  }
  const length = range === undefined ? size : range.end - range.start + 1
  const stream = length === 0 ? Readable.from([]) : await store.stream(key, range)
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(length),
      ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    },
  })
}

/** One range, both ends included; several at once, or another unit, are answered by the whole file. */
export function parseRange(header: string | null, size: number): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : { start, end }
}
