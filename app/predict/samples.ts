import type { ModelView } from '@/core/contracts/views.ts'
import { listImages } from '@/core/datasets/list-images.ts'

/** A test image to try a model on. What it truly holds is sealed, hence not told. */
export interface Sample {
  imageId: string
  name: string
  dataset: string
  stratum: string
}

const SAMPLES = 8
/** Splits whose images are read, those of the newest versions first: each reading is of a whole dataset. */
const MOST_SPLITS = 10

/**
 * Test images by the split that they are sealed in. Another split of the same dataset has other sides, so only a version
 * of that very split was neither trained nor chosen on them.
 */
export async function samplesBySplit(models: readonly ModelView[]): Promise<Record<string, Sample[]>> {
  const newestFirst = models.flatMap((model) => model.versions).sort((a, b) => b.created_at - a.created_at)
  const splits = new Map(newestFirst.flatMap((version) => (version.split_id === null ? [] : [[version.split_id, version] as const])))
  const entries = [...splits].slice(0, MOST_SPLITS).map(async ([splitId, { dataset_version_id: versionId, dataset }]) => {
    const { images } = versionId === null ? { images: [] } : await listImages(versionId, { splitId, side: 'test', limit: 200 })
    // Spread over the side, so that all its strata have a chance.
    const step = Math.max(1, Math.floor(images.length / SAMPLES))
    const chosen = images.filter((_, i) => i % step === 0).slice(0, SAMPLES)
    return [
      splitId,
      chosen.map(({ image_id: imageId, name, stratum }): Sample => ({ imageId, name, dataset: dataset ?? '', stratum })),
    ] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
