import { z } from 'zod'
import { fieldMessages } from '@/core/contracts/field-messages.ts'
import { AppError } from '@/core/errors.ts'
import { type Endpoint, isWrite, type Method, METHODS } from './endpoint.ts'
import { guard } from './guard.ts'
import { readJson } from './json-body.ts'
import { errorResponse } from './respond.ts'
import { requireStorableText } from './storable-text.ts'

export interface Call<P, Q, B> {
  request: Request
  params: P
  query: Q
  body: B
  /** Who asks, as it is noted in histories. */
  actor: string
}

export type RouteHandler = ((request: Request, context: { params: Promise<Record<string, string | string[]>> }) => Promise<Response>) & {
  endpoint: Endpoint
}

/**
 * A route handler of an endpoint: guard, parse, call, respond. What the work returns is sent as JSON, a Response as it
 * is; what it throws becomes `{"error_code","message"}`.
 */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: Endpoint<P, Q, B>,
  work: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<unknown>,
): RouteHandler {
  const handler = async (request: Request, context: { params: Promise<Record<string, string | string[]>> }): Promise<Response> => {
    try {
      guard(request, { write: isWrite(definition), open: definition.open ?? false })
      const result = await work({
        request,
        params: parse(definition.params, await context.params, 'path') as z.output<P>,
        query: parse(definition.query ?? z.strictObject({}), queryOf(request), 'query') as z.output<Q>,
        body: (definition.body === undefined
          ? undefined
          : parse(definition.body, await readJson(request, { yaml: definition.yaml }), 'body')) as z.output<B>,
        actor: actorOf(request),
      })
      if (result instanceof Response) return result
      if (definition.status === 204) return new Response(null, { status: 204 })
      return Response.json(result, { status: definition.status ?? 200, headers: { 'cache-control': 'no-store' } })
    } catch (thrown) {
      return errorResponse(thrown)
    }
  }
  return Object.assign(handler, { endpoint: definition as unknown as Endpoint })
}

type Exports = Record<Method, (request: Request, context: { params: Promise<Record<string, string | string[]>> }) => Promise<Response>>

/** All methods of one path: those that it has not answer 405 in the API's own words. */
export function methods(handlers: Partial<Record<Method, RouteHandler>>): Exports {
  const allowed = METHODS.filter((method) => handlers[method] !== undefined)
  const refuse = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname
    const response = errorResponse(
      new AppError('METHOD_NOT_ALLOWED', `${request.method} is not possible on ${path}: use ${allowed.join(' or ')}.`),
    )
    response.headers.set('allow', allowed.join(', '))
    return response
  }
  return Object.fromEntries(METHODS.map((method) => [method, handlers[method] ?? refuse])) as unknown as Exports
}

/** A key that is given several times is an array. */
function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const [key, value] of new URL(request.url).searchParams) {
    const before = query[key]
    query[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return query
}

function parse(schema: z.ZodType | undefined, value: unknown, where: 'path' | 'query' | 'body'): unknown {
  if (schema === undefined) return undefined
  requireStorableText(value)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields = fieldMessages(result.error.issues)
  const [first] = Object.entries(fields)
  const name = first === undefined || first[0] === '' ? `The ${where}` : `${where === 'query' ? 'Query parameter ' : ''}${first[0]}`
  const more = Object.keys(fields).length - 1
  throw new AppError('INVALID_PARAMETER_VALUE', `${name}: ${first?.[1] ?? 'not understood'}${more > 0 ? ` (and ${more} more)` : ''}.`, {
    details: { fields },
  })
}

/** A name that the caller gives itself, e.g. the CLI's user; the dashboard's is "dashboard". It is a note, not a permission. */
export function actorOf(request: Request): string {
  const given = request.headers.get('x-karyon-actor')?.trim().slice(0, 100)
  if (given !== undefined && /^[\p{L}\p{N} ._@:+-]+$/u.test(given)) return given
  return request.headers.has('sec-fetch-site') ? 'dashboard' : 'api'
}
