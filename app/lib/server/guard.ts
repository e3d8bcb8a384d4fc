import { createHash, timingSafeEqual } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { type Env, env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'
import { peerAddress } from './peer.ts'

/** The cookie of a browser that has shown the token at /login. */
export const SESSION_COOKIE = 'karyon_session'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const isLoopbackAddress = (address: string): boolean => /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(address.trim())

type GuardEnv = Pick<Env, 'host' | 'isLoopback' | 'token' | 'allowedHosts' | 'port'>

/**
 * Refuses what does not come from where it says. Three doors:
 *
 * - Host must be a name under which this server is known. A page elsewhere can make its own name point to 127.0.0.1 (DNS
 *   rebinding) and would then be of our origin; its name is not on the list.
 * - On a write, Origin must be the Host that was asked, or one of KARYON_ALLOWED_HOSTS. A program sends none and passes; a browser always sends one with
 *   a write, and Sec-Fetch-Site says where from.
 * - With KARYON_TOKEN set: the token, as Bearer or as the cookie of /login.
 *
 * @throws AppError PERMISSION_DENIED, UNAUTHENTICATED
 */
export function guard(request: Request, options: { write: boolean; open?: boolean }, settings: GuardEnv = env()): void {
  requireHost(request, settings)
  if (options.write) requireOrigin(request, settings)
  if (options.open !== true) requireToken(request, settings)
}

export function requireHost(request: Request, settings: GuardEnv): void {
  const host = request.headers.get('host')?.toLowerCase() ?? ''
  const name = host.replace(/:\d+$/, '')
  if (host === '' || !isAllowedHost(host, name, settings)) {
    throw new AppError(
      'PERMISSION_DENIED',
      `This server is not known as "${host.slice(0, 200)}". Ask for it by its own address, or add the name to KARYON_ALLOWED_HOSTS.`,
    )
  }
}

/** Any port for the loopback names: an SSH tunnel brings its own. An entry of KARYON_ALLOWED_HOSTS with a port means that port alone. */
function isAllowedHost(host: string, name: string, settings: GuardEnv): boolean {
  if (LOOPBACK_NAMES.includes(name)) return true
  if (settings.allowedHosts.includes(name) || settings.allowedHosts.includes(host)) return true
  if (settings.isLoopback) return false
  const bound = settings.host.includes(':') ? `[${settings.host}]` : settings.host.toLowerCase()
  if (bound !== '0.0.0.0' && bound !== '[::]') return name === bound
  return ownNames().includes(name)
}

/** Bound to every address: the machine's name and the addresses of its interfaces. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((a) => (a.family === 'IPv6' ? `[${a.address}]` : a.address)),
  )
  return [hostname().toLowerCase(), ...addresses]
}

function requireOrigin(request: Request, settings: GuardEnv): void {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const host = request.headers.get('host')?.toLowerCase() ?? ''
  const refuse = (from: string): AppError =>
    new AppError(
      'PERMISSION_DENIED',
      `A page of ${from} may not change anything here. Use the dashboard itself, or a program that sends no Origin.`,
    )
  if (site !== null && site !== 'same-origin' && site !== 'none') throw refuse(origin ?? 'another site')
  if (origin === null) return
  // "null" is what a sandboxed frame or a file sends: of nobody, so not of us.
  const from = URL.canParse(origin) ? new URL(origin) : undefined
  if (from === undefined || from.host === '') throw refuse(origin.slice(0, 200))
  // A proxy may ask for us by another name than the one in the browser's address bar, which the owner has allowed then.
  const allowed = [from.host, from.hostname].some((name) => settings.allowedHosts.includes(name.toLowerCase()))
  if (!allowed && from.host.toLowerCase() !== host) throw refuse(origin.slice(0, 200))
}

/** What the session cookie holds: not the token itself, so that a copied cookie jar does not give it away. */
export const sessionValue = (token: string): string => createHash('sha256').update(`karyon session\n${token}`).digest('hex')

/** In constant time, whatever the lengths. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

export function isAuthenticated(request: Request, token: string | undefined): boolean {
  if (token === undefined) return true
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) return sameSecret(bearer.trim(), token)
  const cookie = readCookie(request, SESSION_COOKIE)
  return cookie !== undefined && sameSecret(cookie, sessionValue(token))
}

function requireToken(request: Request, settings: GuardEnv): void {
  if (isAuthenticated(request, settings.token)) return
  throw new AppError(
    'UNAUTHENTICATED',
    'This server needs its token: send "Authorization: Bearer TOKEN" (the value of KARYON_TOKEN), or log in at /login.',
  )
}

export function readCookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}

/**
 * Whether the caller sits at this machine, so that the server's paths are its own: the socket's other end is loopback.
 * Where that is not known, a server bound to loopback has no other callers. A proxy in front says in X-Forwarded-For (or
 * the like) for whom it asks; Next writes the socket's address there where nobody else did.
 */
export function isLocalCaller(request: Request, settings: GuardEnv = env()): boolean {
  const peer = peerAddress(request)
  if (peer === undefined ? !settings.isLoopback : !isLoopbackAddress(peer)) return false
  if (request.headers.has('forwarded') || request.headers.has('x-real-ip')) return false
  const forwarded = request.headers.get('x-forwarded-for')
  return forwarded === null || forwarded.split(',').every(isLoopbackAddress)
}
