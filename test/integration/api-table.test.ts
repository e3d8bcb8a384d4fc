import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { METHODS } from '../../app/lib/server/endpoint.ts'
import { ENDPOINTS } from '../../app/lib/server/endpoints/index.ts'
import { openApi, operationId } from '../../app/lib/server/openapi.ts'
import type { RouteHandler } from '../../app/lib/server/api-route.ts'
import { callRoute } from '../helpers/call-route.ts'

const root = join(import.meta.dirname, '../../app/api/v1')

const routeFiles = (folder = root): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? routeFiles(join(folder, entry.name)) : entry.name === 'route.ts' ? [join(folder, entry.name)] : [],
  )

/** `runs/[run_id]/artifacts/[...path]` as the table writes it. */
const pathOf = (file: string): string =>
  file
    .slice(root.length)
    .replace(/\/route\.ts$/, '')
    .replace(/\[(?:\.\.\.)?(\w+)\]/g, '{$1}')

describe('the table of endpoints', () => {
  it('has exactly what the route files answer', async () => {
    const answered: string[] = []
    for (const file of routeFiles()) {
      const exported = (await import(file)) as Record<string, Partial<RouteHandler>>
      for (const method of METHODS) {
        const definition = exported[method]?.endpoint
        if (definition === undefined) continue
        expect(`${definition.method} ${definition.path}`, file).toBe(`${method} ${pathOf(file)}`)
        answered.push(`${method} ${definition.path}`)
      }
    }
    expect(answered.sort()).toEqual(ENDPOINTS.map((e) => `${e.method} ${e.path}`).sort())
  })
  it('names path parameters as their schema does, and every operation once', () => {
    for (const endpoint of ENDPOINTS) {
      const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
      const shape = (endpoint.params as { shape?: Record<string, unknown> } | undefined)?.shape ?? {}
      expect(Object.keys(shape).sort(), endpoint.path).toEqual(inPath)
    }
    const ids = ENDPOINTS.map(operationId)
    expect(ids).toEqual([...new Set(ids)])
  })
  it('answers 405 in its own words, with Allow', async () => {
    const { DELETE } = await import('../../app/api/v1/sweeps/route.ts')
    const answer = await callRoute(DELETE, '/sweeps', { method: 'DELETE' })
    expect(answer).toMatchObject({ status: 405, body: { error_code: 'METHOD_NOT_ALLOWED' } })
    expect(answer.headers.get('allow')).toBe('GET, POST')
  })
  it('answers 404 for paths that it does not have', async () => {
    const { GET } = await import('../../app/api/[...path]/route.ts')
    expect(await callRoute(GET, '/nonsense')).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } })
  })
})

describe('the OpenAPI description', () => {
  const document = openApi() as {
    openapi: string
    paths: Record<string, Record<string, unknown>>
    components: { schemas: Record<string, unknown> }
  }

  it('describes every endpoint', () => {
    expect(document.openapi).toBe('3.1.0')
    for (const { method, path } of ENDPOINTS) expect(document.paths[`/api/v1${path}`], path).toHaveProperty(method.toLowerCase())
  })
  it('refers to nothing that is not there', () => {
    const text = JSON.stringify(document)
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(references.length).toBeGreaterThan(30)
    const dangling = references.filter(
      (ref) => !ref.startsWith('#/components/schemas/') || !(ref.slice('#/components/schemas/'.length) in document.components.schemas),
    )
    expect(dangling).toEqual([])
  })
  it('calls things by their names', () => {
    expect(document.components.schemas.Run).toMatchObject({ type: 'object', properties: { run_id: { type: 'string' } } })
    expect(document.paths['/api/v1/runs/{run_id}']?.get).toMatchObject({
      responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/RunDetail' } } } } },
    })
    expect(document.paths['/api/v1/sweeps']?.post).toMatchObject({
      responses: { 201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Sweep' } } } } },
    })
  })
})
