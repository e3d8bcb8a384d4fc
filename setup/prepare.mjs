import { ensureDependencies } from './dependencies.mjs'
import { ensureBuild } from './next-build.mjs'
import { preflight } from './preflight.mjs'
import { ensurePrismaClient } from './prisma-client.mjs'
import { step } from './steps.mjs'
import { ensureTensorFlow } from './tensorflow.mjs'

/**
 * What every command needs made before it starts: packages, TensorFlow, database client and, unless `build` is false,
 * the dashboard's build. Each looks first whether it is there, so that a second call takes a moment.
 */
export async function prepare({ build = true } = {}) {
  await preflight()
  await ensureDependencies()
  await ensureTensorFlow()
  if (await ensurePrismaClient()) await step('Database client', () => 'generated')
  if (build) await ensureBuild()
}
