import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listTrainers } from '@/core/runs/trainers.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(systemEndpoints.trainers, async () => ({ trainers: await listTrainers() })),
})
