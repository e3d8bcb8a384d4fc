import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { openApi } from '@/app/lib/server/openapi.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  GET: route(systemEndpoints.openapi, async () => openApi()),
})
