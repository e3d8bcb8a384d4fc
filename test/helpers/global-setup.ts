import type { TestProject } from 'vitest/node'
import { ensurePrismaClient } from '../../setup/prisma-client.mjs'
import { acquireTestServer } from './test-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    adminUrl: string
    template: string
  }
}

/** Before the tests that need a database: the client, one server, one migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await ensurePrismaClient()
  const server = await acquireTestServer()
  project.provide('adminUrl', server.adminUrl)
  project.provide('template', server.template)
  return server.release
}
