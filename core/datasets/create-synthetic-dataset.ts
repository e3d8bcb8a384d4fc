import { removeUnused, storeImage, type StoredImage } from './blobs.ts'
import { prepareRaster } from './prepare-image.ts'
import { storeVersion, type StoredVersion } from './store-version.ts'
import { syntheticImage } from './synthetic.ts'

export interface SyntheticOptions {
  name: string
  images: number
  seed?: number | undefined
  onProgress?: (progress: number, message: string) => void
  signal?: AbortSignal
}

/**
 * A try-out dataset of synthetic nuclei, marked synthetic wherever it shows. The same name, number and seed give the
 * version that is there already.
 * @throws AppError RESOURCE_ALREADY_EXISTS when the name belongs to a real dataset
 */
export async function createSyntheticDataset(options: SyntheticOptions): Promise<StoredVersion> {
  const seed = options.seed ?? 1
  const images: StoredImage[] = []
  const groups: string[] = []
  const fresh: string[] = []
  try {
    for (let index = 0; index < options.images; index++) {
      options.signal?.throwIfAborted()
      const { name, group, image, labels } = syntheticImage(index, seed)
      images.push(await storeImage(await prepareRaster(name, image, labels, 'synthetic'), fresh))
      groups.push(group)
      options.onProgress?.((0.95 * (index + 1)) / options.images, `${index + 1} of ${options.images} images drawn`)
    }
    return await storeVersion({
      name: options.name,
      layout: 'synthetic',
      source: `synthetic nuclei, seed ${seed}`,
      synthetic: true,
      images,
      groups,
      userGroups: images.map(() => undefined),
      warnings: ['Synthetic images: drawn by Karyon, not taken by a microscope'],
    })
  } catch (error) {
    await removeUnused(fresh)
    throw error
  }
}
