import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'
import { sameSecret, SESSION_COOKIE, sessionValue } from './guard.ts'

const MONTH_SECONDS = 30 * 24 * 3600
/** After a wrong token the next answer takes this long: guessing is slow, and a person hardly notices. */
const PENALTY_MS = 1000

/**
 * Gives the browser that shows the right token a cookie in its place. Lax: a link from elsewhere opens the page it names;
 * no other site's request that changes anything passes the Origin check anyway.
 * @throws AppError UNAUTHENTICATED
 */
export async function logIn(request: Request, token: string): Promise<Response> {
  const expected = env().token
  if (expected === undefined) return new Response(null, { status: 204 })
  if (!sameSecret(token.trim(), expected)) {
    await new Promise((resolve) => setTimeout(resolve, PENALTY_MS))
    throw new AppError('UNAUTHENTICATED', 'That is not the token. It is the value of KARYON_TOKEN with which the server was started.')
  }
  return withCookie(request, `${sessionValue(expected)}; Max-Age=${MONTH_SECONDS}`)
}

export const logOut = (request: Request): Response => withCookie(request, '; Max-Age=0')

function withCookie(request: Request, value: string): Response {
  const secure = request.headers.get('x-forwarded-proto') === 'https' ? '; Secure' : ''
  return new Response(null, {
    status: 204,
    headers: { 'set-cookie': `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`, 'cache-control': 'no-store' },
  })
}
