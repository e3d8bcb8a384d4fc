import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mostCommon } from '../../core/datasets/draw-split.ts'
import { findLinks, nameGroups } from '../../core/datasets/groups.ts'
import { rasterToLabels } from '../../core/datasets/label-image.ts'
import { detectLayout } from '../../core/datasets/layouts.ts'
import { openSource } from '../../core/datasets/open-source.ts'
import { prepareImage, type PreparedImage } from '../../core/datasets/prepare-image.ts'
import { readImage } from '../../core/datasets/read-image.ts'
import { assignSides } from '../../core/datasets/split.ts'
import { AppError } from '../../core/errors.ts'
import type { ImageScore } from '../../core/segmentation/metrics.ts'
import type { DataImage } from '../../trainer/data.ts'

/** A dataset as the product imports it, kept beside the benchmark's results instead of in a database. */
interface IndexEntry {
  name: string
  stratum: string
  group: string
  width: number
  height: number
  diameters: number[]
  baseline: ImageScore
}

export interface BenchDataset {
  images: (IndexEntry & { image: DataImage })[]
  /** Equivalent diameters of all nuclei. */
  diameters: { p10: number; p50: number; p90: number }
}

/** @param folder where what was read is kept for the next call; the file's size and time decide whether it still holds */
export async function readBenchDataset(source: string, folder: string, report: (line: string) => void): Promise<BenchDataset> {
  const { size, mtimeMs } = await stat(source)
  const place = join(folder, createHash('sha256').update(`${source} ${size} ${mtimeMs}`).digest('hex').slice(0, 16))
  const index = await readIndex(place).catch(() => build(source, place, report))
  const images = index.map((entry, at) => ({ ...entry, image: dataImage(entry, join(place, `${at}.image`), join(place, `${at}.label`)) }))
  const diameters = index.flatMap((entry) => entry.diameters).sort((a, b) => a - b)
  const at = (share: number): number => diameters[Math.floor(share * (diameters.length - 1))] ?? 0
  return { images, diameters: { p10: at(0.1), p50: at(0.5), p90: at(0.9) } }
}

async function readIndex(place: string): Promise<IndexEntry[]> {
  return JSON.parse(await readFile(join(place, 'index.json'), 'utf8')) as IndexEntry[]
}

async function build(path: string, place: string, report: (line: string) => void): Promise<IndexEntry[]> {
  report(`reading ${path}`)
  const source = await openSource(path)
  const making = `${place}.making`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  try {
    const { layout, items, problems } = detectLayout(source.paths)
    const prepared: PreparedImage[] = []
    for (const item of items) {
      const result = await prepareImage(source, item, layout, undefined)
      if ('problems' in result) problems.push(...result.problems)
      else {
        await writeFile(join(making, `${prepared.length}.image`), result.image.image.bytes)
        await writeFile(join(making, `${prepared.length}.label`), result.image.label.bytes)
        prepared.push(result.image)
      }
    }
    if (problems.length > 0) throw new AppError('INVALID_DATASET', `${path}: ${problems[0]!.file} ${problems[0]!.reason}`)
    const names = prepared.map(({ name }) => name)
    const groups = nameGroups(names, findLinks(prepared.map((image) => image.fingerprint)))
    const index = prepared.map(({ name, stratum, width, height, diameters, baseline }, at): IndexEntry => {
      return { name, stratum, group: groups[at]!, width, height, diameters, baseline }
    })
    await writeFile(join(making, 'index.json'), JSON.stringify(index))
    await rename(making, place)
    return index
  } finally {
    await source.close()
  }
}

function dataImage(entry: IndexEntry, imageFile: string, labelFile: string): DataImage {
  const { name, stratum, width, height } = entry
  return {
    id: createHash('sha256').update(name).digest('hex').slice(0, 32),
    name,
    stratum,
    width,
    height,
    async read() {
      const raster = await readImage(await readFile(imageFile), name)
      return { raster, labels: rasterToLabels(await readImage(await readFile(labelFile), name), name) }
    },
  }
}

export type Sides = Record<'train' | 'val' | 'test', BenchDataset['images']>

/** The grouped split of the product: by group, within each stratum. */
export function splitBenchDataset({ images }: BenchDataset, seed: number): Sides {
  const groups = [...new Set(images.map((image) => image.group))].map((name) => {
    const members = images.filter((image) => image.group === name)
    return { name, stratum: mostCommon(members.map((image) => image.stratum)), images: members.length }
  })
  const sides = assignSides(groups, seed)
  const of = (side: 'train' | 'val' | 'test'): BenchDataset['images'] => images.filter((image) => sides.get(image.group) === side)
  return { train: of('train'), val: of('val'), test: of('test') }
}
