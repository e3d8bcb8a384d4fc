import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { listJobs } from '@/core/jobs/get-job.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(systemEndpoints.jobs, async ({ query }) => ({ jobs: await listJobs(query) })),
})
