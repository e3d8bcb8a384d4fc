import { PrismaPg } from '@prisma/adapter-pg'
import { env } from './env.ts'
import { PrismaClient } from './generated/prisma/client.ts'

export type Db = PrismaClient
export type { Prisma } from './generated/prisma/client.ts'

// One client a process; on globalThis because Next's bundles each get their own copy of this module.
const shared = globalThis as typeof globalThis & { karyonDb?: PrismaClient }

/** The process's shared Prisma client: plain CRUD on the tables of schema.prisma. */
export function db(): PrismaClient {
  return (shared.karyonDb ??= new PrismaClient({ adapter: new PrismaPg({ connectionString: env().databaseUrl, max: 5 }) }))
}

export async function closeDb(): Promise<void> {
  const client = shared.karyonDb
  delete shared.karyonDb
  await client?.$disconnect()
}
