import { systemEndpoints } from '@/app/lib/server/endpoints/system.ts'
import { methods, route } from '@/app/lib/server/api-route.ts'
import { logIn, logOut } from '@/app/lib/server/session.ts'

export const { GET, POST, PUT, PATCH, DELETE } = methods({
  POST: route(systemEndpoints.logIn, ({ request, body }) => logIn(request, body.token)),
  DELETE: route(systemEndpoints.logOut, async ({ request }) => logOut(request)),
})
