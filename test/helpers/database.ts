import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'
import { withDatabase } from './test-server.ts'

export interface TestDatabase {
  url: string
  drop: () => Promise<void>
}

/**
 * A fresh, migrated database, cloned from the template. Every integration test file has one already (own-database.ts
 * sets DATABASE_URL before core is imported); ask for more only where a test needs two.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await admin.unsafe(`create database ${name} template ${inject('template')}`)
  } finally {
    await admin.end({ timeout: 5 })
  }
  return { url: withDatabase(adminUrl, name), drop: () => drop(adminUrl, name) }
}

/** An empty database, without any table: for tests of the migrator. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await admin.unsafe(`create database ${name}`)
  } finally {
    await admin.end({ timeout: 5 })
  }
  return { url: withDatabase(adminUrl, name), drop: () => drop(adminUrl, name) }
}

async function drop(adminUrl: string, name: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await admin.unsafe(`drop database if exists ${name} with (force)`)
  } finally {
    await admin.end({ timeout: 5 })
  }
}
