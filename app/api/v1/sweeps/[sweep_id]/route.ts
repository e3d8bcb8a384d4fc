import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getSweep } from '@/core/sweeps/get-sweep.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(sweepEndpoints.get, ({ params }) => getSweep(params.sweep_id)),
})
