import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getRunMasks } from '@/core/runs/run-masks.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.masks, ({ params, query }) => getRunMasks(params.run_id, { epoch: query.epoch, imageIds: query.image_ids })),
})
