import { ensureDependencies } from './dependencies.mjs'
import { ensureBuild } from './next-build.mjs'
import { checkConnection } from './postgres.mjs'
import { preflight } from './preflight.mjs'
import { ensurePrismaClient } from './prisma-client.mjs'
import { step } from './steps.mjs'
import { ensureTensorFlow } from './tensorflow.mjs'

/**
 * What every command needs made before it starts: packages, TensorFlow, database client and, unless `build` is false,
 * the dashboard's build. `ownDatabase` is the URL of one that Karyon does not start itself. Each looks first whether it is there, so that a second call takes a moment.
 */
export async function prepare({ build = true, ownDatabase = undefined } = {}) {
  await preflight()
  await ensureDependencies()
  // The driver is there now, and minutes of set-up still to come: the time to tell that one's own database is down.
  if (ownDatabase !== undefined) await checkConnection(ownDatabase)
  await ensureTensorFlow()
  if (await ensurePrismaClient()) await step('Database client', () => 'generated')
  if (build) await ensureBuild()
}
