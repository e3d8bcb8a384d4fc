import type { Decoded } from '../core/datasets/decoded-cache.ts'
import { AppError } from '../core/errors.ts'
import type { LabelMap } from '../core/segmentation/image.ts'
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
  read(): Promise<Decoded>
  /** What `make` makes of the image, or an earlier run made of it: see `DecodedCache`. Absent, nothing is kept. */
  kept?(variant: string, make: () => Promise<Decoded>): Promise<Decoded>
}

export function keptOrMade(image: DataImage, variant: string, make: () => Promise<Decoded>): Promise<Decoded> {
  return image.kept === undefined ? make() : image.kept(variant, make)
}

/** Readers at work at once: decoding runs outside this thread. */
const READERS = 4
/** Decoded images kept in memory; past it they are read again when they are drawn. */
const CACHE_BYTES = 3 * 2 ** 30

export interface SampleSource {
  readonly count: number
  /** The sample of one image. */
  get(index: number): Promise<Sample>
  /** Samples in memory by now, in the order of their images. */
  held(): Sample[]
}

/**
 * Training images, decoded, normalised over the whole image and kept as bytes.
 * @param resizeTo side that every image is scaled to; undefined keeps its own size
 * @param mostBytes of samples kept in memory
 */
export function sampleSource(
  images: readonly DataImage[],
  normaliseSpec: NormaliseSpec,
  resizeTo: number | undefined,
  mostBytes = CACHE_BYTES,
): SampleSource {
  const cache = new Map<number, Sample>()
  const variant = `sample ${JSON.stringify(normaliseSpec)} ${resizeTo ?? 'own size'}`
  let held = 0
  return {
    count: images.length,
    async get(index) {
      const known = cache.get(index)
      if (known !== undefined) return known
      const image = images[index]
      if (image === undefined) throw new AppError('INTERNAL_ERROR', `There is no training image ${index}.`)
      const { raster, labels } = await keptOrMade(image, variant, async () => toBytes(await image.read(), normaliseSpec, resizeTo))
      const { width, height } = labels
      const sample = { id: image.id, width, height, pixels: sharedPixels(raster.data), labels: sharedLabels(labels.data) }
      const size = sample.pixels.byteLength + sample.labels.byteLength
      if (held + size <= mostBytes && !cache.has(index)) {
        cache.set(index, sample)
        held += size
      }
      return sample
    },
    held: () => images.flatMap((_, index) => cache.get(index) ?? []),
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

/** Normalised over the whole image, then scaled where that is asked for: 0..255 stand for -1..1. */
function toBytes({ raster, labels }: Decoded, spec: NormaliseSpec, resizeTo: number | undefined): Decoded {
  let values = normalise(raster, spec)
  let { width, height } = raster
  if (resizeTo !== undefined) {
    values = resizeSmooth(values, width, height, 3, resizeTo, resizeTo)
    width = height = resizeTo
  }
  const data = new Uint8Array(values.length)
  for (let i = 0; i < data.length; i++) data[i] = Math.round((values[i]! + 1) * 127.5)
  return { raster: { width, height, channels: 3, data }, labels: resizeLabels(labels, width, height) }
}

// Copies in memory that other threads see as it is.
function sharedPixels(data: Decoded['raster']['data']): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(data.length))
  copy.set(data)
  return copy
}

function sharedLabels(data: LabelMap['data']): LabelMap['data'] {
  const buffer = new SharedArrayBuffer(data.byteLength)
  const copy = data instanceof Uint16Array ? new Uint16Array(buffer) : new Uint32Array(buffer)
  copy.set(data)
  return copy
}
