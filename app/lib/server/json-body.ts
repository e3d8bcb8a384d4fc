import { parse } from 'yaml'
import { AppError } from '@/core/errors.ts'

/** A sweep file or a list of a few thousand ids is far below. */
export const MOST_JSON_BYTES = 4 * 1024 * 1024

export interface JsonBodyOptions {
  limit?: number
  /** Also as YAML, which a sweep file is written in. */
  yaml?: boolean
}

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']

/**
 * The JSON (or YAML) body of a request, read up to a limit however long it says it is.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, BAD_REQUEST
 */
export async function readJson(request: Request, { limit = MOST_JSON_BYTES, yaml = false }: JsonBodyOptions = {}): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const text = await readText(request, limit)
  // An empty body is that of a POST that needs none.
  if (text.trim() === '') return {}
  if (yaml && YAML_TYPES.includes(type)) return parseYaml(text)
  // A form of another site can post text/plain without asking first; JSON it cannot.
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body is "${type.slice(0, 80) || 'of no type'}": send JSON with Content-Type: application/json${yaml ? ', or YAML with application/yaml' : ''}.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The body is no JSON: ${cause instanceof Error ? cause.message : 'it cannot be parsed'}.`, { cause })
  }
}

function parseYaml(text: string): unknown {
  try {
    // Aliases of aliases can grow beyond all memory.
    return parse(text, { maxAliasCount: 100 })
  } catch (cause) {
    throw new AppError(
      'BAD_REQUEST',
      `The body is no YAML: ${cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be parsed'}`,
      { cause },
    )
  }
}

async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  if (request.body === null) return ''
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks).toString('utf8')
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
}

const tooLarge = (limit: number): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${Math.round(limit / 1024 / 1024)} MB.`)
