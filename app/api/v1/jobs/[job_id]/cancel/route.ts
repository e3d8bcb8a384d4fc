import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { cancelJob } from '@/core/jobs/cancel-job.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(systemEndpoints.cancelJob, ({ params }) => cancelJob(params.job_id)),
})
