import { runEndpoints } from '@/app/lib/server/endpoints/runs.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { searchRuns } from '@/core/runs/search-runs.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(runEndpoints.search, async ({ query }) => {
    const { runs, nextPageToken } = await searchRuns({
      filter: query.filter,
      orderBy: query.order_by,
      maxResults: query.max_results,
      pageToken: query.page_token,
      experimentIds: query.experiment_id,
      sweepId: query.sweep,
      runIds: query.runs,
      lifecycle: query.lifecycle,
    })
    return { runs, ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }) }
  }),
})
