import type { z } from 'zod'

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

/**
 * One endpoint of the API: what it takes and what it gives. Routes parse by it and /api/v1/openapi.json is made from it,
 * so that what is said and what is done cannot part.
 */
export interface Endpoint<P extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> {
  method: Method
  /** Below /api/v1, with {parameters}. */
  path: string
  tag: 'runs' | 'sweeps' | 'datasets' | 'models' | 'system'
  summary: string
  params?: P
  query?: Q
  /** A JSON body. An endpoint that reads another kind says so in `accepts`. */
  body?: B
  accepts?: string[]
  /** The body may come as YAML too. */
  yaml?: boolean
  /** Of the answer, where it is JSON. */
  response?: z.ZodType
  /** Media type of an answer that is not JSON. */
  produces?: string
  /** Status of success, 200 unless said. */
  status?: 200 | 201 | 202 | 204
  /** Whether it changes anything; every method but GET does unless said. */
  write?: boolean
  /** Answered without the token too. */
  open?: boolean
}

/** Keeps the schemas' types, so that a route's handler gets them. */
export const endpoint = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(definition: Endpoint<P, Q, B>): Endpoint<P, Q, B> =>
  definition

export const isWrite = (definition: Pick<Endpoint, 'method' | 'write'>): boolean => definition.write ?? definition.method !== 'GET'
