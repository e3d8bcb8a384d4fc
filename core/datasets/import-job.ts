import { rm } from 'node:fs/promises'
import { env } from '../env.ts'
import type { JobContext, JobPayload } from '../jobs/definitions.ts'
import { createSyntheticDataset } from './create-synthetic-dataset.ts'
import { importDataset } from './import-dataset.ts'
import type { StoredVersion } from './store-version.ts'

type Context = Pick<JobContext, 'report' | 'signal'>

/** The job `import`. */
export async function runImportJob(payload: JobPayload<'import'>, { report, signal }: Context): Promise<Record<string, unknown>> {
  try {
    const stored = await importDataset({
      source: payload.path,
      name: payload.name,
      groupPattern: payload.group_pattern,
      groupCsv: payload.group_csv,
      channel: payload.channel,
      onProgress: report,
      signal,
    })
    return resultOf(stored)
  } finally {
    // Only what was uploaded into Karyon's own home: a payload never deletes a user's files.
    if (payload.delete_source === true && payload.path.startsWith(`${env().home}/`))
      await rm(payload.path, { recursive: true, force: true })
  }
}

/** The job `synthetic`. */
export async function runSyntheticJob(payload: JobPayload<'synthetic'>, { report, signal }: Context): Promise<Record<string, unknown>> {
  return resultOf(
    await createSyntheticDataset({ name: payload.name, images: payload.images, seed: payload.seed, onProgress: report, signal }),
  )
}

function resultOf(stored: StoredVersion): Record<string, unknown> {
  return {
    dataset: stored.name,
    version: stored.version,
    ref: `${stored.name}@${stored.version}`,
    dataset_version_id: stored.versionId,
    images: stored.imageCount,
    objects: stored.objectCount,
    groups: stored.groupCount,
    created: stored.created,
  }
}
