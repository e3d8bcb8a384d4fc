import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { resumeSweep } from '@/core/sweeps/control.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.resume, ({ params, actor }) => resumeSweep(params.sweep_id, actor)),
})
