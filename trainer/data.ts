import { AppError } from '../core/errors.ts'
import type { LabelMap, Raster } from '../core/segmentation/image.ts'
import { normalise } from '../core/segmentation/normalise.ts'
import type { NormaliseSpec } from '../core/segmentation/normalise.ts'
import { resizeLabels, resizeSmooth } from '../core/segmentation/resize.ts'
import type { Sample } from './augment/draw-patch.ts'

/** An image of the dataset, read when it is needed. */
export interface DataImage {
  id: string
  name: string
  stratum: string
  width: number
  height: number
  read(): Promise<{ raster: Raster; labels: LabelMap }>
}

/** Readers at work at once: decoding runs outside this thread. */
const READERS = 4
/** Decoded images kept in memory; past it they are read again when they are drawn. */
const CACHE_BYTES = 3 * 2 ** 30

export interface SampleSource {
  readonly count: number
  /** The sample of one image. */
  get(index: number): Promise<Sample>
}

/**
 * Training images, decoded, normalised over the whole image and kept as bytes.
 * @param resizeTo side that every image is scaled to; undefined keeps its own size
 */
export function sampleSource(images: readonly DataImage[], normaliseSpec: NormaliseSpec, resizeTo: number | undefined): SampleSource {
  const cache = new Map<number, Sample>()
  let held = 0
  return {
    count: images.length,
    async get(index) {
      const known = cache.get(index)
      if (known !== undefined) return known
      const image = images[index]
      if (image === undefined) throw new AppError('INTERNAL_ERROR', `There is no training image ${index}.`)
      const sample = toSample(image, await image.read(), normaliseSpec, resizeTo)
      const size = sample.pixels.byteLength + sample.labels.byteLength
      if (held + size <= CACHE_BYTES && !cache.has(index)) {
        cache.set(index, sample)
        held += size
      }
      return sample
    },
  }
}

/** Reads all samples that fit into the cache, some at a time. */
export async function fillCache(source: SampleSource, onProgress: (done: number) => void, signal: AbortSignal): Promise<void> {
  await forEachOf(
    source.count,
    async (index) => {
      await source.get(index)
    },
    onProgress,
    signal,
  )
}

/** Calls `work` for 0..count-1, a few at a time. */
export async function forEachOf(
  count: number,
  work: (index: number) => Promise<void>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let next = 0
  let done = 0
  const reader = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted()
      await work(next++)
      onProgress(++done)
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
}

function toSample(
  image: DataImage,
  { raster, labels }: { raster: Raster; labels: LabelMap },
  spec: NormaliseSpec,
  resizeTo: number | undefined,
): Sample {
  let values = normalise(raster, spec)
  let { width, height } = raster
  let truth = labels
  if (resizeTo !== undefined) {
    values = resizeSmooth(values, width, height, 3, resizeTo, resizeTo)
    truth = resizeLabels(labels, resizeTo, resizeTo)
    width = height = resizeTo
  }
  const pixels = new Uint8Array(values.length)
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round((values[i]! + 1) * 127.5)
  return { id: image.id, width, height, pixels, labels: truth.data }
}
