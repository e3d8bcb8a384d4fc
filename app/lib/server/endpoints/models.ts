import { z } from 'zod'
import {
  modelVersionViewSchema,
  modelViewSchema,
  predictionViewSchema,
  promotionEventViewSchema,
  promotionReviewSchema,
} from '@/core/contracts/views.ts'
import { endpoint } from '../endpoint.ts'
import { alias, hexId, modelName, modelPath, modelVersion, notes, reason } from './fields.ts'

/** `"3"`, or 3. */
const expectedVersion = z.union([modelVersion, z.number().int().min(1).transform(String)], 'is a version number')

/** A number, whose bounds the model server knows. */
const setting = z.string().regex(/^\d{1,7}(\.\d{1,6})?$/, 'must be a number')

export const modelEndpoints = {
  list: endpoint({
    method: 'GET',
    path: '/models',
    tag: 'models',
    summary: 'Registered models.',
    response: z.object({ models: z.array(modelViewSchema) }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/models/{name}',
    tag: 'models',
    summary: 'One model with its versions and aliases.',
    params: modelPath,
    response: modelViewSchema,
  }),
  register: endpoint({
    method: 'POST',
    path: '/models/{name}/versions',
    tag: 'models',
    summary: 'Register a run’s best model as the next version; the model is made where it is missing.',
    params: modelPath,
    body: z.strictObject({ run_id: hexId, notes: notes.optional() }),
    response: modelVersionViewSchema,
    status: 201,
  }),
  promote: endpoint({
    method: 'POST',
    path: '/models/{name}/promote',
    tag: 'models',
    summary: 'Point an alias (champion unless said) to a version, with the reason.',
    params: modelPath,
    body: z.strictObject({
      version: expectedVersion,
      alias: alias.default('champion'),
      reason,
      expected_version: expectedVersion
        .nullable()
        .optional()
        .describe('Where the caller saw the alias point; null: nowhere. If it moved since, nothing changes.'),
    }),
    response: modelViewSchema,
  }),
  rollback: endpoint({
    method: 'POST',
    path: '/models/{name}/rollback',
    tag: 'models',
    summary: 'Point an alias back to the version before, with the reason.',
    params: modelPath,
    body: z.strictObject({ alias: alias.default('champion'), reason, expected_version: expectedVersion.optional() }),
    response: modelViewSchema,
  }),
  history: endpoint({
    method: 'GET',
    path: '/models/{name}/history',
    tag: 'models',
    summary: 'Every promotion and rollback, newest first.',
    params: modelPath,
    response: z.object({ events: z.array(promotionEventViewSchema) }),
  }),
  predict: endpoint({
    method: 'POST',
    path: '/models/{name}/predict',
    tag: 'models',
    summary: 'Segment one image (the body, or the file of a multipart form) with the model behind an alias or with a version.',
    params: modelPath,
    query: z.strictObject({
      alias: alias.optional(),
      version: modelVersion.optional(),
      format: z.enum(['json', 'mask', 'labels', 'geojson', 'csv']).default('json'),
      threshold: setting.optional().describe('Foreground from this probability on; else as tuned on validation.'),
      min_area: setting.optional().describe('Objects of fewer pixels are dropped.'),
      seed_distance: setting.optional().describe('Least distance in pixels between two nuclei.'),
      channel: setting.optional().describe('Of an image of many channels: which one, from 0.'),
      diameter: setting
        .optional()
        .describe(
          'Of a typical nucleus in the image, pixels: the image is scaled to the size that the model was trained on. Of models trained on crops.',
        ),
    }),
    accepts: ['application/octet-stream', 'image/*', 'multipart/form-data'],
    response: predictionViewSchema,
  }),
  review: endpoint({
    method: 'GET',
    path: '/promotion-review',
    tag: 'models',
    summary: 'A candidate (a run, or a version) beside a model’s champion, on the same validation images.',
    query: z
      .strictObject({ model: modelName, run: hexId.optional(), version: modelVersion.optional(), alias: alias.optional() })
      .refine((query) => (query.run === undefined) !== (query.version === undefined), 'give either run or version'),
    response: promotionReviewSchema,
  }),
} as const
