import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { cancelSweep } from '@/core/sweeps/control.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.cancel, ({ params, actor }) => cancelSweep(params.sweep_id, actor)),
})
