import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { health } from '@/app/lib/server/health.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({ GET: route(systemEndpoints.health, health) })
