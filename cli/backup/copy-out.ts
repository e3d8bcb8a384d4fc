import { once } from 'node:events'
import type { Writable } from 'node:stream'
import pg from 'pg'
import { env } from '../../core/env.ts'

/** The part of node-postgres's connection that a query of its own kind uses. */
interface Connection {
  query: (text: string) => void
  stream: { pause: () => void; resume: () => void }
}

/**
 * A connection that reads tables by COPY, as of a snapshot that another transaction exported.
 *
 * postgres.js has COPY too, but leaves its socket paused for good when a table of a few dozen kilobytes arrives in one
 * packet (its end is then never seen); node-postgres lets a query handle its messages itself.
 */
export class SnapshotReader {
  private constructor(private readonly client: pg.Client) {}

  static async open(snapshot: string): Promise<SnapshotReader> {
    const client = new pg.Client({ connectionString: env().databaseUrl, application_name: 'karyon backup', connectionTimeoutMillis: 5000 })
    await client.connect()
    await client.query('begin isolation level repeatable read read only')
    await client.query(`set transaction snapshot ${client.escapeLiteral(snapshot)}`)
    return new SnapshotReader(client)
  }

  /** Writes a table's rows, one a line (COPY's text format), and waits until `out` has them. @returns how many */
  async copy(table: string, columns: readonly string[], out: Writable): Promise<number> {
    const list = columns.map((column) => this.client.escapeIdentifier(column)).join(', ')
    const rows = await new Promise<number>((resolve, reject) => {
      out.once('error', reject)
      this.client.query(new CopyOut(`copy ${this.client.escapeIdentifier(table)} (${list}) to stdout`, out, resolve, reject))
    })
    out.end()
    await once(out, 'close')
    return rows
  }

  async close(): Promise<void> {
    await this.client.end()
  }
}

/** What node-postgres calls while the query is the active one. */
class CopyOut {
  private rows = 0
  private paused = false
  private failed: Error | undefined

  constructor(
    private readonly text: string,
    private readonly out: Writable,
    private readonly resolve: (rows: number) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: Connection): void {
    connection.query(this.text)
  }

  /** One row a message. */
  handleCopyData(message: { chunk: Buffer }, connection: Connection): void {
    this.rows++
    if (this.out.write(message.chunk) || this.paused) return
    // The rest of the packet still comes; only the next one waits.
    this.paused = true
    connection.stream.pause()
    this.out.once('drain', () => {
      this.paused = false
      connection.stream.resume()
    })
  }

  handleCommandComplete(): void {
    // ReadyForQuery follows.
  }

  handleReadyForQuery(connection: Connection): void {
    // A stream that is ended before it has drained never says so: the next query would wait for ever.
    if (this.paused) connection.stream.resume()
    this.paused = false
    if (this.failed === undefined) this.resolve(this.rows)
  }

  handleError(error: Error): void {
    this.failed = error
    this.reject(error)
  }
}
