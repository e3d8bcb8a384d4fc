import { randomBytes } from 'node:crypto'
import { type IncomingMessage, Server } from 'node:http'

const HEADER = 'x-karyon-peer'
const shared = globalThis as typeof globalThis & { karyonPeerSecret?: string }

/**
 * Lets routes know the address at the other end of the socket, which Next does not pass on: each request gets it as a
 * header, behind a secret of this process, so that a header that a client sends counts for nothing.
 */
export function notePeers(): void {
  if (shared.karyonPeerSecret !== undefined) return
  const secret = (shared.karyonPeerSecret = randomBytes(16).toString('hex'))
  const emit = Server.prototype.emit
  Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'request') {
      const request = args[0] as IncomingMessage
      request.headers[HEADER] = `${secret} ${request.socket.remoteAddress ?? ''}`
    }
    return Reflect.apply(emit, this, [event, ...args]) as boolean
  }
}

/** The socket's address; undefined where nothing noted it (tests, another server). */
export function peerAddress(request: Request): string | undefined {
  const [secret, address] = request.headers.get(HEADER)?.split(' ') ?? []
  return secret !== undefined && secret === shared.karyonPeerSecret ? address : undefined
}
