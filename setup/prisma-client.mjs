import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lock } from './lock.mjs'
import { checkout } from './paths.mjs'
import { runCommand } from './run-command.mjs'

const OUTPUT = join(checkout, 'core/generated/prisma')
const STAMP = join(checkout, 'core/generated/prisma.stamp')

/**
 * Generates the typed client from prisma/schema.prisma when the schema or Prisma has changed since. Prisma's command
 * would first download a native engine, which `generate` has no use for: the variable only has to name a file that
 * exists. It is given to `generate` alone; migrations go through migrate.mjs.
 * @returns {Promise<boolean>} whether it was generated now
 */
export async function ensurePrismaClient() {
  const release = await lock(STAMP)
  try {
    const want = fingerprint()
    if (existsSync(OUTPUT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === want) return false
    rmSync(STAMP, { force: true })
    await runCommand(process.execPath, [join(checkout, 'node_modules/prisma/build/index.js'), 'generate'], {
      cwd: checkout,
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
      fix: 'Is prisma/schema.prisma whole? `npx prisma validate` says more.',
    })
    writeFileSync(`${STAMP}.new`, want)
    renameSync(`${STAMP}.new`, STAMP)
    return true
  } finally {
    await release()
  }
}

function fingerprint() {
  const hash = createHash('sha256')
  for (const path of [
    'prisma/schema.prisma',
    'prisma.config.ts',
    'node_modules/prisma/package.json',
    'node_modules/@prisma/client/package.json',
  ]) {
    hash.update(readFileSync(join(checkout, path)))
  }
  return hash.digest('hex')
}
