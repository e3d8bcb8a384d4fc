import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REFERENCE_RUN_PARAMETERS } from '../../core/contracts/run-parameters.ts'
import { readLabels } from '../../core/datasets/label-image.ts'
import { detectLayout } from '../../core/datasets/layouts.ts'
import { openSource } from '../../core/datasets/open-source.ts'
import { prepareImage } from '../../core/datasets/prepare-image.ts'
import { readImage } from '../../core/datasets/read-image.ts'
import { AppError } from '../../core/errors.ts'
import { DEFAULT_NORMALISE } from '../../core/segmentation/normalise.ts'
import { epochBatches } from '../../trainer/batches.ts'
import { sampleSource } from '../../trainer/data.ts'
import type { DataImage } from '../../trainer/data.ts'
import { encodeTensorFile } from '../../networks/tensor-file.ts'
import { pretrainedEncoder, PRETRAINED_SOURCES } from '../../networks/pretrained.ts'
import { env } from '../../core/env.ts'
import { BATCHES, BATCH_SIZE, CASES, CLASSES, DESCRIPTION, IMAGE_SIZE, INPUTS, WARM_UP, WEIGHTS } from './cases.ts'
import type { Description } from './cases.ts'
import { FILTERS, referenceNetwork } from './reference-network.ts'
import { inChild } from './in-child.ts'

/**
 * Writes what both sides start from: batches of real images as an epoch of a run has them, and every parameter of the
 * reference network, pretrained encoder and random decoder.
 */
await inChild<{ data: string; weights: string | undefined; folder: string }>(async ({ data, weights, folder }) => {
  const images = await readImages(data, BATCHES * BATCH_SIZE)
  const params = { ...REFERENCE_RUN_PARAMETERS, image_size: IMAGE_SIZE, batch_size: BATCH_SIZE }
  const inputs: Float32Array[] = []
  const classes: Int32Array[] = []
  for (let epoch = 1; inputs.length < BATCHES; epoch++) {
    for await (const batch of epochBatches(images, sampleSource(images, DEFAULT_NORMALISE, IMAGE_SIZE), params, epoch)) {
      inputs.push(batch.inputs)
      classes.push(batch.classes)
      if (inputs.length === BATCHES) break
    }
  }
  await writeFile(join(folder, INPUTS), Buffer.concat(inputs.map(bytesOf)))
  await writeFile(join(folder, CLASSES), Buffer.concat(classes.map(bytesOf)))
  const network = referenceNetwork(await pretrainedEncoder(1, { directory: weights, cache: env().cache, sources: PRETRAINED_SOURCES }))
  await writeFile(join(folder, WEIGHTS), encodeTensorFile({ metadata: null, tensors: network.weights.snapshot() }))
  const description: Description = {
    batches: BATCHES,
    batch_size: BATCH_SIZE,
    image_size: IMAGE_SIZE,
    classes: network.classes,
    filters: FILTERS,
    warm_up: WARM_UP,
    images: images.length,
    cases: CASES,
  }
  await writeFile(join(folder, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`)
})

/** The first images of a dataset that can be read, decoded. */
async function readImages(path: string, most: number): Promise<DataImage[]> {
  const source = await openSource(path)
  try {
    const { layout, items } = detectLayout(source.paths)
    const images: DataImage[] = []
    for (const item of items) {
      if (images.length === most) break
      if (item.truth.length === 0) continue
      const prepared = await prepareImage(source, item, layout, undefined)
      if ('problems' in prepared) continue
      const { image, label, name, stratum, width, height } = prepared.image
      const [raster, labels] = await Promise.all([readImage(image.bytes, name), readLabels(label.bytes, name)])
      images.push({ id: name, name, stratum, width, height, read: () => Promise.resolve({ raster, labels }) })
    }
    if (images.length < BATCH_SIZE)
      throw new AppError('INVALID_DATASET', `${path} holds ${images.length} usable images; ${BATCH_SIZE} are needed.`)
    return images
  } finally {
    await source.close()
  }
}

function bytesOf(values: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
