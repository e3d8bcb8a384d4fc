import type { z } from 'zod'
import { env } from '../../core/env.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'

const TRIES = 20
const BETWEEN_MS = 1000

/**
 * The dashboard's HTTP API, as any script uses it. A part that is just being restarted (no answer, or 503) is waited for;
 * only what may be repeated is repeated.
 */
export class Api {
  constructor(
    readonly base: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Address of a page, for people. */
  page(path: string): string {
    return `${this.base}${path}`
  }

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await (await this.send(path, {}, TRIES)).json())
  }

  async post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const response = await this.send(
      path,
      { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
      1,
    )
    return schema.parse(await response.json())
  }

  async bytes(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.send(path, {}, TRIES)).arrayBuffer())
  }

  /** One image for a model; computing it again changes nothing, so it may be repeated. */
  async predict(path: string, image: Uint8Array): Promise<Response> {
    return this.send(path, { method: 'POST', body: new Uint8Array(image), headers: { 'content-type': 'application/octet-stream' } }, TRIES)
  }

  /** An event stream; the caller reads its body. */
  async stream(path: string): Promise<Response> {
    return this.send(path, { headers: { accept: 'text/event-stream' } }, 1)
  }

  private async send(path: string, init: RequestInit, tries: number): Promise<Response> {
    for (let left = tries - 1; ; left--) {
      const response = await this.once(path, init).catch((error: unknown) => {
        if (left <= 0 || this.signal.aborted) throw error
        return undefined
      })
      if (response?.ok === true) return response
      if (response !== undefined && (response.status !== 503 || left <= 0)) throw await errorOf(response)
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
      this.signal.throwIfAborted()
    }
  }

  private async once(path: string, init: RequestInit): Promise<Response> {
    const { token } = env()
    const headers = { ...init.headers, 'x-karyon-actor': 'demo', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    try {
      return await fetch(`${this.base}/api/v1/${path}`, { ...init, headers, signal: this.signal })
    } catch (cause) {
      if (this.signal.aborted) throw cause
      throw new AppError(
        'TEMPORARILY_UNAVAILABLE',
        `Karyon does not answer at ${this.base}. Is it running? \`npm run demo\` starts it by itself.`,
        { cause },
      )
    }
  }
}

async function errorOf(response: Response): Promise<AppError> {
  const text = await response.text()
  try {
    const { error_code, message, ...details } = JSON.parse(text) as { error_code: ErrorCode; message: string }
    return new AppError(error_code, message, { details })
  } catch {
    return new AppError('INTERNAL_ERROR', `${response.url} answered ${response.status}: ${text.slice(0, 200)}`)
  }
}
