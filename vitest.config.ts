import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const shared = {
  environment: 'node',
  pool: 'forks',
  globals: false,
  retry: 0,
} as const
const alias = {
  '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, ''),
  'server-only': fileURLToPath(new URL('./test/helpers/empty.ts', import.meta.url)),
}
const tensorflow = './test/helpers/tensorflow-setup.ts'
const database = './test/helpers/global-setup.ts'

export default defineConfig({
  test: {
    // Two at a time: training and databases share the same few cores.
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], globalSetup: [tensorflow], testTimeout: 60_000 },
      },
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: [tensorflow, database],
          setupFiles: ['./test/helpers/own-database.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: [tensorflow, database],
          setupFiles: ['./test/helpers/own-database.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: [tensorflow, database],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
