import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { createSweep } from '@/core/sweeps/create-sweep.ts'
import { listSweeps } from '@/core/sweeps/list-sweeps.ts'
import { parseSweepSpec } from '@/core/sweeps/parse-spec.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(sweepEndpoints.list, async ({ query }) => ({ sweeps: await listSweeps({ limit: query.max_results, state: query.state }) })),
  POST: route(sweepEndpoints.create, ({ body, actor }) => createSweep(parseSweepSpec(body), actor)),
})
