import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getImageScores } from '@/core/runs/image-scores.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.imageScores, ({ params, query }) => getImageScores(params.run_id, query)),
})
