import { createHash } from 'node:crypto'
import { blobKey } from '../artifacts/index.ts'
import { AppError } from '../errors.ts'
import { otsuWatershed } from '../segmentation/baseline.ts'
import { connectedComponents } from '../segmentation/components.ts'
import { labelsToMask, type LabelMap, type Mask, type Raster } from '../segmentation/image.ts'
import { objectShapes, relabel } from '../segmentation/labels.ts'
import { scoreLabels, type ImageScore } from '../segmentation/metrics.ts'
import { fingerprint, type Fingerprint } from './fingerprint.ts'
import { rasterToLabels, readMask, type RowMask, toMask, writeLabels } from './label-image.ts'
import type { LayoutItem, LayoutName, Problem } from './layouts.ts'
import { readHeader, readImage, writeImage } from './read-image.ts'
import type { Source } from './source.ts'
import { guessStratum } from './strata.ts'

/** An image that passed every check, with all that is stored of it. */
export interface PreparedImage {
  name: string
  image: { key: string; bytes: Uint8Array }
  label: { key: string; bytes: Uint8Array }
  /** Of the pixels of truth, whatever encodes them. */
  labelHash: string
  width: number
  height: number
  channels: number
  bitDepth: number
  stratum: string
  stratumGuessed: boolean
  objectCount: number
  /** Equivalent diameters, pixels, rising. */
  diameters: number[]
  foregroundFraction: number
  /** Pixels that two masks claim: the later one has them. */
  overlapPixels: number
  /** The truth was one yes-or-no mask: touching nuclei cannot be told apart. */
  derived: boolean
  baseline: ImageScore
  fingerprint: Fingerprint
}

/**
 * Reads and checks one image with its truth.
 * @returns the image, or what is wrong with it by file
 */
export async function prepareImage(
  source: Source,
  item: LayoutItem,
  layout: LayoutName,
  channel: number | undefined,
): Promise<{ image: PreparedImage } | { problems: Problem[] }> {
  const problems: Problem[] = []
  const note = (file: string, error: unknown): undefined => {
    if (!(error instanceof AppError)) throw error
    problems.push({ file, reason: reasonOf(file, error.message) })
  }
  const bytes = await source.read(item.image).catch((error: unknown) => note(item.image, error))
  const raster =
    bytes &&
    (await readImage(bytes, item.image, channel === undefined ? {} : { channel }).catch((error: unknown) => note(item.image, error)))
  if (bytes === undefined || raster === undefined) return { problems }
  const truth =
    layout === 'bowl'
      ? await readInstances(source, item, raster, problems)
      : await readTruth(source, item, layout, raster).catch((error: unknown) => note(item.truth[0]!, error))
  if (truth === undefined || problems.length > 0) return { problems }
  return { image: await describe(item.name, bytes, raster, truth, channel !== undefined) }
}

/** A prepared image from pixels in memory, e.g. synthetic ones. */
export async function prepareRaster(name: string, raster: Raster, labels: LabelMap, stratum: string): Promise<PreparedImage> {
  const bytes = await writeImage(raster)
  return { ...(await describe(name, bytes, raster, { labels, overlapPixels: 0, derived: false }, false)), stratum, stratumGuessed: false }
}

interface Truth {
  labels: LabelMap
  overlapPixels: number
  derived: boolean
}

async function describe(name: string, bytes: Uint8Array, raster: Raster, truth: Truth, recoded: boolean): Promise<PreparedImage> {
  const header = await readHeader(bytes, name)
  // One chosen channel is stored as what was chosen; everything else as it came.
  const stored = recoded && !(raster.data instanceof Float32Array) ? await writeImage(raster) : bytes
  const extension = stored === bytes ? { png: 'png', tiff: 'tif', jpeg: 'jpg' }[header.format] : 'png'
  const { labels } = relabel(truth.labels)
  const label = await writeLabels(labels)
  const shapes = objectShapes(labels)
  const area = shapes.reduce((sum, shape) => sum + shape.area, 0)
  const baseline = otsuWatershed(raster)
  return {
    name,
    image: { key: blobKey(stored, extension), bytes: stored },
    label: { key: blobKey(label, 'png'), bytes: label },
    labelHash: createHash('sha256').update(`${labels.width}x${labels.height}`).update(Uint32Array.from(labels.data)).digest('hex'),
    width: raster.width,
    height: raster.height,
    channels: raster.channels,
    bitDepth: header.bitDepth,
    stratum: guessStratum(raster),
    stratumGuessed: true,
    objectCount: shapes.length,
    diameters: shapes.map((shape) => shape.diameter).sort((a, b) => a - b),
    foregroundFraction: area / (raster.width * raster.height),
    overlapPixels: truth.overlapPixels,
    derived: truth.derived,
    baseline: scoreLabels(baseline.foreground, baseline.labels, labels),
    fingerprint: fingerprint(raster),
  }
}

/** The union of one mask a nucleus: later ones win. Problems are noted by mask. */
async function readInstances(source: Source, item: LayoutItem, image: Raster, problems: Problem[]): Promise<Truth | undefined> {
  const { width, height } = image
  const data = new Uint32Array(width * height)
  let overlapPixels = 0
  let label = 0
  for (const file of item.truth) {
    let mask: RowMask
    try {
      mask = await readMask(await source.read(file), file)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      problems.push({ file, reason: reasonOf(file, error.message) })
      continue
    }
    if (mask.width !== width || mask.height !== height) {
      problems.push({ file, reason: otherSize(mask, image) })
      continue
    }
    const { pixels, overlaps } = paint(data, mask, ++label)
    overlapPixels += overlaps
    if (pixels === 0) problems.push({ file, reason: 'is an empty mask' })
  }
  return problems.length > 0 ? undefined : { labels: { width, height, data }, overlapPixels, derived: false }
}

/** Gives a mask's pixels a label. @returns how many, and how many of them had one already */
function paint(labels: Uint32Array, mask: RowMask, label: number): { pixels: number; overlaps: number } {
  const inside = mask.data
  const end = mask.endRow * mask.width
  let pixels = 0
  let overlaps = 0
  for (let i = mask.firstRow * mask.width; i < end; i++) {
    if (inside[i] === 0) continue
    pixels++
    if (labels[i] !== 0) overlaps++
    labels[i] = label
  }
  return { pixels, overlaps }
}

/** One truth file an image: labels, or one yes-or-no mask whose connected pieces become the objects. */
async function readTruth(source: Source, item: LayoutItem, layout: LayoutName, image: Raster): Promise<Truth> {
  const file = item.truth[0]!
  const raster = await readImage(await source.read(file), file)
  if (raster.width !== image.width || raster.height !== image.height) throw new AppError('INVALID_DATASET', otherSize(raster, image))
  if (layout === 'binary-masks') return fromBinary(toMask(raster))
  const labels = rasterToLabels(raster, file)
  return isBinary(labels, raster) ? fromBinary(labelsToMask(labels)) : { labels, overlapPixels: 0, derived: false }
}

function fromBinary(mask: Mask): Truth {
  return { labels: connectedComponents(mask, 8).labels, overlapPixels: 0, derived: true }
}

/** One value besides 0, which is full white, or lies in several pieces: a mask, not the label of a single object. */
function isBinary(labels: LabelMap, raster: Raster): boolean {
  let value = 0
  for (let i = 0; i < labels.data.length; i++) {
    const label = labels.data[i]!
    if (label === 0 || label === value) continue
    if (value !== 0) return false
    value = label
  }
  if (value === 0) return false
  const white = raster.data instanceof Uint8Array ? 255 : 65535
  return value === white || connectedComponents(labelsToMask(labels), 8).count > 1
}

function otherSize(mask: { width: number; height: number }, image: { width: number; height: number }): string {
  return `is ${mask.width}x${mask.height}, but the image is ${image.width}x${image.height}`
}

/** Problems are listed as file and reason; messages begin with the file's name. */
function reasonOf(file: string, message: string): string {
  return message.startsWith(`${file} `) ? message.slice(file.length + 1) : message
}
