import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { estimateSweep } from '@/core/sweeps/estimate.ts'
import { parseSweepSpec } from '@/core/sweeps/parse-spec.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.estimate, ({ body }) => estimateSweep(parseSweepSpec(body))),
})
