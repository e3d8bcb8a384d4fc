import { requireHost } from '@/app/lib/server/guard.ts'
import { errorResponse } from '@/app/lib/server/respond.ts'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'

/** What no other route answers. */
async function unknown(request: Request): Promise<Response> {
  try {
    requireHost(request, env())
    throw new AppError(
      'ENDPOINT_NOT_FOUND',
      `There is no ${request.method} ${new URL(request.url).pathname.slice(0, 200)}. /api/v1/openapi.json lists what there is.`,
    )
  } catch (thrown) {
    return errorResponse(thrown)
  }
}

export { unknown as GET, unknown as POST, unknown as PUT, unknown as PATCH, unknown as DELETE }
