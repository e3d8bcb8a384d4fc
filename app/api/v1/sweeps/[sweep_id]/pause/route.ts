import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { pauseSweep } from '@/core/sweeps/control.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.pause, ({ params, actor }) => pauseSweep(params.sweep_id, actor)),
})
