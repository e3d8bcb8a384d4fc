import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

export interface DatabaseProxy {
  /** The same database, reached through the proxy. */
  url: string
  /** As a database that was stopped: live connections break, new ones are refused. */
  down: () => Promise<void>
  up: () => Promise<void>
  close: () => Promise<void>
}

/** Stands between Karyon and its database, so that a test can take the database away and bring it back. */
export async function databaseProxy(realUrl: string): Promise<DatabaseProxy> {
  const real = new URL(realUrl)
  const sockets = new Set<Socket>()
  const server: Server = createServer((inner) => {
    const outer = connect(Number(real.port || 5432), real.hostname)
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner.pipe(outer)
    outer.pipe(inner)
  })
  let port = 0
  const up = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  await up()
  const proxied = new URL(realUrl)
  proxied.hostname = '127.0.0.1'
  proxied.port = String(port)
  return { url: proxied.href, down, up, close: async () => (server.listening ? down() : undefined) }
}
