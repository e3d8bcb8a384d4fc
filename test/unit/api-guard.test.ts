import { Server } from 'node:http'
import { describe, expect, it } from 'vitest'
import { guard, isLocalCaller, sessionValue } from '../../app/lib/server/guard.ts'
import { notePeers } from '../../app/lib/server/peer.ts'
import { parseRange } from '../../app/lib/server/serve-artifact.ts'
import type { AppError } from '../../core/errors.ts'

const local = { host: '127.0.0.1', isLoopback: true, token: undefined, allowedHosts: [], port: 3000 }
const ask = (headers: Record<string, string>): Request =>
  new Request('http://127.0.0.1:3000/api/v1/runs', { headers: { host: '127.0.0.1:3000', ...headers } })

/** The code of the refusal, or "passes". */
function verdict(
  headers: Record<string, string>,
  options: { write?: boolean; open?: boolean } = {},
  settings: Partial<typeof local> | Record<string, unknown> = {},
): string {
  try {
    guard(ask(headers), { write: false, ...options }, { ...local, ...settings } as typeof local)
    return 'passes'
  } catch (thrown) {
    return (thrown as AppError).code
  }
}

describe('Host', () => {
  it.each([
    ['127.0.0.1:3000', 'passes'],
    ['localhost:3000', 'passes'],
    ['localhost:8022', 'passes'], // an SSH tunnel
    ['[::1]:3000', 'passes'],
    ['LOCALHOST:3000', 'passes'],
    ['evil.example:3000', 'PERMISSION_DENIED'],
    ['evil.example', 'PERMISSION_DENIED'],
    ['127.0.0.1.evil.example:3000', 'PERMISSION_DENIED'],
    ['localhost.evil.example', 'PERMISSION_DENIED'],
    ['192.168.0.7:3000', 'PERMISSION_DENIED'],
    ['', 'PERMISSION_DENIED'],
  ])('%s: %s', (host, expected) => expect(verdict({ host })).toBe(expected))

  it('lets in the names that were allowed, with their port where one was given', () => {
    const settings = { allowedHosts: ['karyon.lab.example', 'gpu7:8443'] }
    expect(verdict({ host: 'karyon.lab.example' }, {}, settings)).toBe('passes')
    expect(verdict({ host: 'karyon.lab.example:8080' }, {}, settings)).toBe('passes')
    expect(verdict({ host: 'gpu7:8443' }, {}, settings)).toBe('passes')
    expect(verdict({ host: 'gpu7:3000' }, {}, settings)).toBe('PERMISSION_DENIED')
  })
  it('knows the address that it was bound to', () => {
    const settings = { host: '10.1.2.3', isLoopback: false, token: 't' }
    expect(verdict({ host: '10.1.2.3:3000', authorization: 'Bearer t' }, {}, settings)).toBe('passes')
    expect(verdict({ host: '10.1.2.4:3000', authorization: 'Bearer t' }, {}, settings)).toBe('PERMISSION_DENIED')
  })
})

describe('Origin, on a write', () => {
  const write = { write: true }
  it('lets the dashboard and programs pass', () => {
    expect(verdict({ origin: 'http://127.0.0.1:3000' }, write)).toBe('passes')
    expect(verdict({}, write)).toBe('passes')
    expect(verdict({ 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:3000' }, write)).toBe('passes')
    expect(verdict({ host: 'localhost:3000', origin: 'http://localhost:3000' }, write)).toBe('passes')
  })
  it.each([
    { origin: 'http://evil.example' },
    { origin: 'http://127.0.0.1:8080' }, // another program's page on this machine
    { origin: 'http://localhost:3000' }, // not the host that was asked
    { origin: 'null' },
    { origin: 'rubbish' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' },
  ])('refuses %o', (headers) => expect(verdict(headers as Record<string, string>, write)).toBe('PERMISSION_DENIED'))

  it('may be a name that was allowed, where a proxy asks by another', () => {
    const settings = { allowedHosts: ['karyon.lab.example'] }
    expect(verdict({ origin: 'https://karyon.lab.example' }, write, settings)).toBe('passes')
    expect(verdict({ origin: 'https://karyon.lab.example.evil.example' }, write, settings)).toBe('PERMISSION_DENIED')
  })
  it('is not asked for on a read', () => expect(verdict({ origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' })).toBe('passes'))
})

describe('the token', () => {
  const settings = { token: 'open sesame' }
  it('is needed wherever one is set', () => {
    expect(verdict({}, {}, settings)).toBe('UNAUTHENTICATED')
    expect(verdict({ authorization: 'Bearer wrong' }, {}, settings)).toBe('UNAUTHENTICATED')
    expect(verdict({ authorization: 'Bearer ' }, {}, settings)).toBe('UNAUTHENTICATED')
    expect(verdict({ authorization: 'Bearer open sesame' }, {}, settings)).toBe('passes')
    expect(verdict({}, { open: true }, settings)).toBe('passes')
  })
  it('may come as the cookie of the login page, which does not hold the token', () => {
    expect(verdict({ cookie: `theme=dark; karyon_session=${sessionValue('open sesame')}` }, {}, settings)).toBe('passes')
    expect(verdict({ cookie: 'karyon_session=open sesame' }, {}, settings)).toBe('UNAUTHENTICATED')
    expect(sessionValue('open sesame')).not.toContain('sesame')
  })
  it('does not open what Host or Origin refuse', () => {
    expect(verdict({ host: 'evil.example', authorization: 'Bearer open sesame' }, {}, settings)).toBe('PERMISSION_DENIED')
    expect(verdict({ origin: 'http://evil.example', authorization: 'Bearer open sesame' }, { write: true }, settings)).toBe(
      'PERMISSION_DENIED',
    )
  })
})

describe('a local caller', () => {
  it('is whoever reaches a server bound to loopback without a proxy between', () => {
    expect(isLocalCaller(ask({}), local)).toBe(true)
    expect(isLocalCaller(ask({ 'x-forwarded-for': '127.0.0.1' }), local)).toBe(true)
    expect(isLocalCaller(ask({ 'x-forwarded-for': '::ffff:127.0.0.1' }), local)).toBe(true)
  })
  it('is told by the socket where it is known, and by no header that a client sends', () => {
    notePeers()
    const peers: Record<string, Request> = {}
    for (const address of ['127.0.0.1', '203.0.113.9']) {
      const incoming = { headers: {} as Record<string, string>, socket: { remoteAddress: address } }
      new Server().emit('request', incoming as never, {} as never)
      peers[address] = ask(incoming.headers)
    }
    const wide = { ...local, isLoopback: false }
    expect(isLocalCaller(peers['127.0.0.1']!, wide)).toBe(true)
    expect(isLocalCaller(peers['203.0.113.9']!, wide)).toBe(false)
    expect(isLocalCaller(peers['203.0.113.9']!, local)).toBe(false)
    expect(isLocalCaller(ask({ 'x-karyon-peer': 'guess 127.0.0.1' }), wide)).toBe(false)
  })
  it('is nobody that a proxy speaks for, nor anyone at a server bound to more', () => {
    expect(isLocalCaller(ask({ 'x-forwarded-for': '203.0.113.9' }), local)).toBe(false)
    expect(isLocalCaller(ask({ 'x-forwarded-for': '127.0.0.1, 203.0.113.9' }), local)).toBe(false)
    expect(isLocalCaller(ask({ 'x-real-ip': '203.0.113.9' }), local)).toBe(false)
    expect(isLocalCaller(ask({ 'x-forwarded-for': '127.0.0.1' }), { ...local, isLoopback: false })).toBe(false)
  })
})

describe('a range of bytes', () => {
  it.each([
    [null, undefined],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=9-3', 'unsatisfiable'],
    ['bytes=0-1,5-6', undefined],
    ['rows=0-1', undefined],
    ['bytes=-', undefined],
  ])('%s of 100', (header, expected) => expect(parseRange(header, 100)).toEqual(expected))
})
