import type { NextRequest } from 'next/server'
import { NextResponse } from 'next/server'
import { isAuthenticated, requireHost } from '@/app/lib/server/guard.ts'
import { errorJson } from '@/app/lib/server/respond.ts'
import { env } from '@/core/env.ts'
import { AppError, toAppError } from '@/core/errors.ts'

/**
 * Guards the pages: the API guards itself, in its routes. It must not run over these, for what passes through here is
 * buffered up to a limit and cut off there: an upload would lose its end.
 */
export function proxy(request: NextRequest): NextResponse | Response {
  try {
    const settings = env()
    requireHost(request, settings)
    // Server actions are none of ours; a POST to a page is somebody's try.
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new AppError('METHOD_NOT_ALLOWED', 'Pages are read; changes go through /api/v1.')
    if (request.nextUrl.pathname === '/login' || isAuthenticated(request, settings.token)) return NextResponse.next()
    const login = request.nextUrl.clone()
    login.pathname = '/login'
    login.search = new URLSearchParams({ next: request.nextUrl.pathname + request.nextUrl.search }).toString()
    return NextResponse.redirect(withHost(login, request))
  } catch (thrown) {
    return errorJson(toAppError(thrown))
  }
}

/** Next's own idea of the host is what it was bound to; the browser must stay where it is. */
function withHost(url: URL, request: Request): URL {
  const host = request.headers.get('host')
  if (host !== null) url.host = host
  return url
}

export const config = { matcher: ['/((?!api/|_next/static/|_next/image|icon.svg|favicon.ico).*)'] }
