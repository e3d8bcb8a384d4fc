import { z } from 'zod'
import { sweepSpecSchema } from '@/core/contracts/sweep-spec.ts'
import * as views from '@/core/contracts/views.ts'
import packageJson from '@/package.json'
import { type Endpoint, isWrite } from './endpoint.ts'
import { ENDPOINTS } from './endpoints/index.ts'

type Json = Record<string, unknown>

/** The named schemas, so that the same thing has one name wherever it occurs. */
const NAMED: Record<string, z.ZodType> = {
  Run: views.runViewSchema,
  RunDetail: views.runDetailSchema,
  Sweep: views.sweepViewSchema,
  StoredSweepSpec: sweepSpecSchema,
  Series: views.seriesViewSchema,
  MetricSummary: views.metricSummarySchema,
  ImageScore: views.imageScoreSchema,
  RunMasks: views.runMasksSchema,
  Artifact: views.artifactViewSchema,
  Dataset: views.datasetViewSchema,
  DatasetVersion: views.datasetVersionViewSchema,
  DatasetImage: views.datasetImageViewSchema,
  Job: views.jobViewSchema,
  Trainer: views.trainerViewSchema,
  Model: views.modelViewSchema,
  ModelVersion: views.modelVersionViewSchema,
  PromotionEvent: views.promotionEventViewSchema,
  PromotionReview: views.promotionReviewSchema,
  StreamEvent: views.streamEventSchema,
  Prediction: views.predictionViewSchema,
}

let made: Json | undefined

/** OpenAPI 3.1 of every endpoint, made from the schemas that the routes parse by. */
export function openApi(): Json {
  return (made ??= describeApi(ENDPOINTS))
}

export function describeApi(endpoints: readonly Endpoint[]): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id })
  for (const endpoint of endpoints) {
    if (endpoint.response !== undefined && !registry.has(endpoint.response))
      registry.add(endpoint.response, { id: `${operationId(endpoint)}Answer` })
  }
  const { schemas } = z.toJSONSchema(registry, { io: 'output', unrepresentable: 'any', uri: (id) => `#/components/schemas/${id}` })
  const named = Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Json)]))
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    paths[`/api/v1${endpoint.path}`] = {
      ...paths[`/api/v1${endpoint.path}`],
      [endpoint.method.toLowerCase()]: operation(endpoint, registry),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Karyon',
      version: packageJson.version,
      description:
        'Times are milliseconds UTC; numbers that JSON has no sign for travel as "NaN", "Infinity" and "-Infinity". A write from a browser must come from the dashboard itself.',
    },
    servers: [{ url: '/' }],
    tags: ['sweeps', 'runs', 'datasets', 'models', 'system'].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        ...named,
        SweepSpec: inputSchema(sweepSpecSchema),
        Error: {
          type: 'object',
          required: ['error_code', 'message'],
          properties: {
            error_code: { type: 'string' },
            message: { type: 'string', description: 'What is wrong, by name, and what to do about it.' },
            details: { type: 'object', description: 'E.g. fields: a message for each wrong field.' },
          },
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'KARYON_TOKEN, where the server has one.' } },
    },
    security: [{}, { token: [] }],
  }
}

function operation(endpoint: Endpoint, registry: z.core.$ZodRegistry<{ id: string }>): Json {
  const success = String(endpoint.status ?? 200)
  const answer = endpoint.response === undefined ? undefined : { $ref: `#/components/schemas/${registry.get(endpoint.response)?.id ?? ''}` }
  const media = endpoint.produces ?? 'application/json'
  return {
    operationId: operationId(endpoint),
    tags: [endpoint.tag],
    summary: endpoint.summary,
    parameters: [...parameters(endpoint.params, 'path'), ...parameters(endpoint.query, 'query')],
    ...requestBody(endpoint),
    responses: {
      [success]: {
        description: isWrite(endpoint) ? 'Done.' : 'The answer.',
        ...(endpoint.status === 204 ? {} : { content: { [media]: answer === undefined ? {} : { schema: answer } } }),
      },
      default: { description: 'What is wrong.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
    },
  }
}

function requestBody(endpoint: Endpoint): Json {
  if (endpoint.body !== undefined) {
    const types = ['application/json', ...(endpoint.yaml === true ? ['application/yaml'] : [])]
    const schema = inputSchema(endpoint.body)
    return { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, { schema }])) } }
  }
  if (endpoint.accepts === undefined) return {}
  return { requestBody: { required: true, content: Object.fromEntries(endpoint.accepts.map((type) => [type, {}])) } }
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = inputSchema(schema) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }))
}

const inputSchema = (schema: z.ZodType): Json => bare(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json)

/** Without what says again that it is JSON Schema, and of which address. */
function bare(schema: Json): Json {
  const { $schema: _schema, $id: _id, id: _name, ...rest } = schema
  return rest
}

/** `get /runs/{run_id}/metrics` -> getRunsMetrics. */
export function operationId(endpoint: Pick<Endpoint, 'method' | 'path'>): string {
  const words = endpoint.path.split(/[/.-]/).filter((part) => part !== '' && !part.startsWith('{'))
  const one = endpoint.path.endsWith('}') ? 'One' : ''
  return (
    endpoint.method.toLowerCase() +
    words
      .flatMap((part) => part.split(/[-_]/))
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join('') +
    one
  )
}
