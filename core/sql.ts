import postgres from 'postgres'
import { env } from './env.ts'

/**
 * postgres.js: claims, status, leases, points, artifacts, jobs, LISTEN and aggregates. Prisma never writes those tables.
 * int8 arrives as a number (every count and sequence here stays far below 2^53), numeric never occurs, and timestamptz
 * arrives as a Date. NaN and infinities survive as JavaScript numbers.
 */
export type Sql = postgres.Sql<{ bigint: number }>

/** What runs a query: the pool, or a transaction of it. Functions that take one can be part of a caller's transaction. */
export type Query = postgres.ISql<{ bigint: number }>

export function connect(url: string, options: { max?: number; name?: string } = {}): Sql {
  return postgres(url, {
    max: options.max ?? 8,
    connect_timeout: 5,
    idle_timeout: 60,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'karyon', TimeZone: 'UTC' },
    types: {
      bigint: {
        to: 20,
        from: [20],
        parse: (text: string) => Number(text),
        serialize: (value: number) => String(value),
      },
    },
  }) as unknown as Sql
}

// One pool a process; on globalThis because Next's bundles each get their own copy of this module.
const shared = globalThis as typeof globalThis & { karyonSql?: Sql }

/** The process's shared pool. */
export function sql(): Sql {
  return (shared.karyonSql ??= connect(env().databaseUrl))
}

/** Closes the shared pool, for processes that end and tests. */
export async function closeSql(): Promise<void> {
  const pool = shared.karyonSql
  delete shared.karyonSql
  await pool?.end({ timeout: 5 })
}
