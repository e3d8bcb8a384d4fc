import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getTestReveal, revealTest } from '@/core/runs/reveal-test.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.testReveal, ({ params }) => getTestReveal(params.run_id)),
  POST: route(runEndpoints.revealTest, ({ params, body, actor }) => revealTest(params.run_id, body.reason, actor)),
})
