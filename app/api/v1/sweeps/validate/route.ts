import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { validateSweep } from '@/core/sweeps/validate-sweep.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.validate, ({ body }) => validateSweep(body)),
})
