import type { DecodedCache } from '../core/datasets/decoded-cache.ts'
import { loadImage, loadLabels } from '../core/datasets/image-row.ts'
import type { ImageRow } from '../core/datasets/image-row.ts'
import type { DataImage } from './data.ts'

/** An image of the store, decoded when it is read. @param cache of its dataset version */
export function dataImage(row: ImageRow, cache: DecodedCache): DataImage {
  const { id, name, stratum, width, height } = row
  return {
    id,
    name,
    stratum,
    width,
    height,
    async read() {
      const [raster, labels] = await Promise.all([loadImage(row), loadLabels(row)])
      return { raster, labels }
    },
    kept: (variant, make) => cache.get(id, variant, make),
  }
}
