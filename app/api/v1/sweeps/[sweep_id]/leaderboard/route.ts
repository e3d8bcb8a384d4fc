import { sweepEndpoints } from '@/app/lib/server/endpoints/sweeps.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { getLeaderboard } from '@/core/sweeps/leaderboard.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(sweepEndpoints.leaderboard, ({ params }) => getLeaderboard(params.sweep_id)),
})
