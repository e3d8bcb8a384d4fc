import { z } from 'zod'
import { datasetImageViewSchema, datasetVersionViewSchema, datasetViewSchema, jobViewSchema, SIDES } from '@/core/contracts/views.ts'
import { endpoint } from '../endpoint.ts'
import { datasetName, datasetRef, hexId, imagePath, integerText } from './fields.ts'

const datasetPath = z.object({ name: datasetRef })
const size = integerText(16, 2048)

export const datasetEndpoints = {
  list: endpoint({
    method: 'GET',
    path: '/datasets',
    tag: 'datasets',
    summary: 'Datasets.',
    response: z.object({ datasets: z.array(datasetViewSchema) }),
  }),
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
  get: endpoint({
    method: 'GET',
    path: '/datasets/{name}',
    tag: 'datasets',
    summary: 'One dataset with its newest version, or with the version of name@version.',
    params: datasetPath,
    response: datasetViewSchema,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/datasets/{name}',
    tag: 'datasets',
    summary: 'Delete a dataset that no run uses.',
    params: z.object({ name: datasetName }),
    status: 204,
  }),
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
      group: z.string().max(1000).optional(),
      search: z.string().max(1000).optional().describe('Part of a name.'),
      limit: integerText(1, 1000).optional(),
      offset: integerText(0, 100_000_000).optional(),
    }),
    response: z.object({ images: z.array(datasetImageViewSchema), total: z.number().int() }),
  }),
  setStratum: endpoint({
    method: 'POST',
    path: '/images/stratum',
    tag: 'datasets',
    summary: 'Correct the guessed stratum of images. The sides of splits stay.',
    body: z.strictObject({ image_ids: z.array(hexId).min(1).max(10_000), stratum: z.string().trim().min(1).max(100) }),
    status: 204,
  }),
  image: endpoint({
    method: 'GET',
    path: '/images/{image_id}',
    tag: 'datasets',
    summary: 'One image of a dataset.',
    params: imagePath,
    response: datasetImageViewSchema,
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
  content: endpoint({
    method: 'GET',
    path: '/images/{image_id}/content',
    tag: 'datasets',
    summary: 'An image as it was imported, byte by byte.',
    params: imagePath,
    produces: 'application/octet-stream',
  }),
  previewUpload: endpoint({
    method: 'POST',
    path: '/images/preview',
    tag: 'datasets',
    summary:
      'An image of one’s own as people see it (browsers draw neither TIFF nor 16 bits), its longest side at most size. Nothing is kept.',
    query: z.strictObject({
      size: size.optional(),
      name: z.string().trim().min(1).max(300).optional(),
      channel: integerText(0, 10_000).optional().describe('Of an image of many channels: which one, from 0.'),
    }),
    accepts: ['application/octet-stream'],
    produces: 'image/webp',
  }),
} as const
