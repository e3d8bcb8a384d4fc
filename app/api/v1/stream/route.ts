import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { parseCursor } from '@/app/lib/server/live/cursor.ts'
import { eventStream } from '@/app/lib/server/live/event-stream.ts'
import { requireScope } from '@/app/lib/server/live/require-scope.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(systemEndpoints.stream, async ({ request, query }) => {
    const scope = await requireScope({ runIds: query.runs ?? [], sweepId: query.sweep, experimentId: query.experiment })
    const cursor = request.headers.get('last-event-id') ?? query.cursor ?? query.since
    return eventStream(scope, cursor === undefined ? undefined : parseCursor(cursor), request.signal)
  }),
})
