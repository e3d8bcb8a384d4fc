import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { startTryIt } from '@/core/sweeps/try-it.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(sweepEndpoints.tryIt, async ({ actor }) => ({ sweep_id: (await startTryIt(actor)).sweep_id })),
})
