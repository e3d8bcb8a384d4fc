import { z } from 'zod'
import { datasetImageViewSchema, datasetVersionViewSchema, datasetViewSchema, jobViewSchema, SIDES } from '@/core/contracts/views.ts'
import { endpoint } from '../endpoint.ts'
import { datasetName, datasetRef, hexId, imagePath, integerText } from './fields.ts'

const datasetPath = z.object({ name: datasetRef })
const size = integerText(16, 2048)

export const datasetEndpoints = {
  list: endpoint({ method: 'GET', path: '/datasets', tag: 'datasets', summary: 'Datasets.', response: z.object({ datasets: z.array(datasetViewSchema) }) }),
  create: endpoint({
    method: 'POST',
    path: '/datasets',
    tag: 'datasets',
    summary:
      'Import a dataset as a job: JSON {name, source: a path of the server}, {name, synthetic: {images, seed}}, or multipart with name and file (a zip). A name that is there gets a new version.',
    accepts: ['application/json', 'multipart/form-data'],
    response: jobViewSchema,
    status: 202,
  }),
  get: endpoint({ method: 'GET', path: '/datasets/{name}', tag: 'datasets', summary: 'One dataset with its newest version, or with the version of name@version.', params: datasetPath, response: datasetViewSchema }),
  remove: endpoint({ method: 'DELETE', path: '/datasets/{name}', tag: 'datasets', summary: 'Delete a dataset that no run uses.', params: z.object({ name: datasetName }), status: 204 }),
  version: endpoint({
    method: 'GET',
    path: '/datasets/{name}/version',
    tag: 'datasets',
    summary: 'One version (name, or name@version): strata, splits with their leak check, and baselines.',
    params: datasetPath,
    response: datasetVersionViewSchema,
  }),
  images: endpoint({
    method: 'GET',
    path: '/datasets/{name}/images',
    tag: 'datasets',
    summary: 'Images of a version.',
    params: datasetPath,
    query: z.strictObject({
      split: hexId.optional(),
      side: z.enum(SIDES).optional(),
      stratum: z.string().max(100).optional(),
      limit: integerText(1, 1000).optional(),
      offset: integerText(0, 100_000_000).optional(),
    }),
    response: z.object({ images: z.array(datasetImageViewSchema), total: z.number().int() }),
  }),
  preview: endpoint({
    method: 'GET',
    path: '/images/{image_id}/preview',
    tag: 'datasets',
    summary: 'An image as people see it, its longest side at most size. It never changes.',
    params: imagePath,
    query: z.strictObject({ size: size.optional() }),
    produces: 'image/webp',
  }),
  labels: endpoint({
    method: 'GET',
    path: '/images/{image_id}/labels',
    tag: 'datasets',
    summary: 'The truth: little-endian 16-bit width, height, then a label a pixel (0: background), longest side at most size.',
    params: imagePath,
    query: z.strictObject({ size: size.optional() }),
    produces: 'application/octet-stream',
  }),
} as const
